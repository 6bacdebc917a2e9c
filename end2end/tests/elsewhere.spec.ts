import { type BrowserContext, type Page } from "@playwright/test";

import { close, Device, expect, newEmail, PASSWORD, test } from "../fixtures";

/** A page of another site with a link to `to`: the same server under another name is another site to the browser. */
async function openLinkFrom(page: Page, url: string, to: string): Promise<void> {
  const elsewhere = url.replace("127.0.0.1", "localhost");
  await page.route(`${elsewhere}/elsewhere`, (route) =>
    route.fulfill({ contentType: "text/html", body: `<a href="${url}${to}">the link</a>` }),
  );
  await page.goto(`${elsewhere}/elsewhere`);
  await page.getByText("the link").click();
}

/** What each document request of the context was answered with. */
function documents(context: BrowserContext): string[] {
  const seen: string[] = [];
  context.on("response", (response) => {
    if (response.request().resourceType() === "document" && !response.url().includes("localhost")) {
      void response.text().then((text) => seen.push(text), () => seen.push(""));
    }
  });
  return seen;
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`link: a person who comes from another site sees their page at once, ${how}`, async ({ browser, server }) => {
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled });
    const device = new Device(context, await context.newPage());
    await device.page.goto("/sign-up");
    await device.signUp.submit("Ann Lee", newEmail(), PASSWORD);
    await expect(device.page.getByRole("heading", { level: 1 })).toHaveText("Hello, Ann Lee");
    const seen = documents(context);

    await openLinkFrom(device.page, server.url, "/devices#list");

    await expect(device.page.getByText("This device")).toBeVisible();
    // Without scripts the page begins at its top.
    await expect(device.page).toHaveURL(`${server.url}/devices${javaScriptEnabled ? "#list" : ""}`);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toContain("This device");
    await device.page.goBack();
    await expect(device.page.getByText("the link")).toBeVisible();
    await close(context);
  });

  test(`link: a visitor who comes from another site sees the public page at once, ${how}`, async ({ browser, server }) => {
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled });
    const page = await context.newPage();

    await openLinkFrom(page, server.url, "/");
    await expect(page.getByRole("link", { name: "Create an account" }).first()).toBeVisible();
    await page.goBack();
    await expect(page.getByText("the link")).toBeVisible();
    await openLinkFrom(page, server.url, "/devices");

    await expect(page).toHaveURL(`${server.url}/sign-in?next=/devices`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await close(context);
  });
}

test("no cookie: a browser that keeps none is told so where it is noticed", async ({ distant, network }) => {
  network.always("/api/sign_up", { do: "strip-reply", header: "set-cookie" });
  await distant.withAccount();

  await expect(distant.session.status()).toContainText("doesn’t keep cookies");
});

test("left: a sign-out that the server could not hear of is not drawn in the next page", async ({ distant, network }) => {
  const email = await distant.withAccount();
  network.always("/api/sign_out", { do: "answer", status: 502 });
  await distant.session.signOut();
  await distant.session.isSignedOut();

  const page = await distant.page.goto("/account");

  expect(await page!.text()).not.toContain(email);
});
