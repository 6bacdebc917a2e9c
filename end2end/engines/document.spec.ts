import { enter, expect, LONG, PASSWORD, signUp, test } from "./fixtures";

test("once: each file is fetched once at the first visit", async ({ site, tab }) => {
  const files = ["js", "wasm"].map((kind) => site.network.always(`/pkg/tabkey.${kind}`, { do: "nothing" }));

  await tab.open("/");

  expect(files.map((file) => `${file.path}: ${file.hits}`)).toEqual(files.map((file) => `${file.path}: 1`));
});

/** What a proxy may make of a document on its way. */
const withToolbar = (page: string) => page.replace('<div id="app">', '$&<div class="toolbar"></div>');
const withoutComments = (page: string) => page.replace(/<!(--[\s\S]*?--)?>/g, "");
const REWRITTEN: Record<string, (page: string) => string> = {
  "an element more in the app": withToolbar,
  ...(LONG && { "no comment left": withoutComments, "both": (page) => withToolbar(withoutComments(page)) }),
};

for (const [name, change] of Object.entries(REWRITTEN)) {
  test(`a document that was rewritten on its way works: ${name}`, async ({ site, tab }) => {
    await signUp(tab);
    const rewritten = site.network.once("/devices", { do: "rewrite", change });

    await tab.open("/devices");

    expect(rewritten.hits).toBe(1);
    await tab.is("signed_in");
    await tab.lists(1);
    await tab.rename("Touched");
    await tab.says("Touched");
    await tab.follow(/Account of/);
    await tab.fill("Current password", "typed");
  });
}

test("a link from another site leads to the right first HTML, and Back leads back", async ({ site, tab }) => {
  await signUp(tab);
  const body = `<!DOCTYPE html><a href="${site.url}/devices">the link</a>`;
  site.network.always("/elsewhere", { do: "answer", status: 200, headers: { "content-type": "text/html" }, body });
  const script = site.network.always("/pkg/tabkey.js", { do: "hold-request" });
  await tab.visit(`${site.elsewhere}/elsewhere`);

  await tab.follow("the link");

  // The script is not there yet: this is what the server drew.
  await tab.isAt("/devices");
  await tab.says("This device");
  await tab.is("signed_in");
  script.end();
  await tab.isAlive();
  await tab.back();
  await tab.says("the link");
});

test("a visitor from another site sees the public page, and the way to sign in", async ({ other, site, tab }) => {
  const email = await signUp(other);
  const body = `<!DOCTYPE html><a href="${site.url}/devices">the link</a>`;
  site.network.always("/elsewhere", { do: "answer", status: 200, headers: { "content-type": "text/html" }, body });
  await tab.visit(`${site.elsewhere}/elsewhere`);

  await tab.follow("the link");

  await tab.isAt("/sign-in?next=/devices");
  await tab.isAlive();
  await enter(tab, email);
  await tab.isAt("/devices");
});

test("console: the console has no error to tell, neither of the way in nor of a page that is signed in", async ({ engine, other, site }) => {
  const email = await signUp(other);
  await other.close();
  const streams = site.network.always("/api/events", { do: "nothing" });
  // Whoever watches a console drives nothing: the page enters by itself.
  const fields = { email, password: PASSWORD, next: "/devices" };
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const body = `<!DOCTYPE html><form method="post" action="/api/sign_in">${inputs.join("")}</form><script>document.forms[0].submit()</script>`;
  site.network.once("/enter", { do: "answer", status: 200, headers: { "content-type": "text/html" }, body });

  expect(await engine.errors(`${site.url}/enter`, streams.happened())).toEqual([]);
});
