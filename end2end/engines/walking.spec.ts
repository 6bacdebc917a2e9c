import { enter, enterAsNew, LONG, openDevices, outlivesTokens, signUp, test } from "./fixtures";

// Short enough for several tokens to live and die in a test.
test.use({ settings: { TABKEY_SESSION__ACCESS_TOKEN_TTL: "4s" } });

const RELOADS = LONG ? 20 : 6;
const ROUNDS = LONG ? 10 : 2;

test("a new person signs up, is led where they wanted to go, signs out and in again", async ({ tab }) => {
  await tab.open("/devices");
  await tab.isAt("/sign-in?next=/devices");
  await tab.follow("Create an account");
  const email = await enterAsNew(tab);
  await tab.isAt("/devices");
  await tab.says("This device");

  await tab.press("Sign out");
  await tab.is("signed_out");
  await tab.isAt("/sign-in");
  await enter(tab, email);
  await tab.says("Hello, Ann Lee");
  await tab.reload();
  await tab.isAlive();
  await tab.is("signed_in");
});

test("the token is renewed while somebody types, and what was typed stays", async ({ site, tab }) => {
  await outlivesTokens(tab, site);
});

test("three tabs refresh at once, also where a reply is lost, and hear of each other", async ({ newBrowser, site }) => {
  const browser = await newBrowser();
  const tabs = [await browser.tab(), await browser.tab(), await browser.tab()];
  const email = await signUp(tabs[0]!);
  await openDevices(tabs[0]!, 1);
  for (const tab of tabs.slice(1)) await tab.open("/devices");

  for (let round = 0; round < ROUNDS; round += 1) {
    const lost = site.network.once("/api/refresh", { do: "cut-reply" });
    await lost.happened();
    const refreshes = site.network.always("/api/refresh", { do: "nothing" });
    await Promise.all(tabs.map((tab) => tab.run(() => void window.dispatchEvent(new Event("online")))));
    await refreshes.happened(tabs.length);
    for (const tab of tabs) await tab.is("signed_in");
    site.network.calm();
  }
  for (const [n, tab] of tabs.entries()) {
    await tab.rename(`Tab ${n}`);
    await tab.says(`Tab ${n}`);
  }

  await tabs[0]!.press("Sign out");
  for (const tab of tabs) await tab.is("signed_out");
  await enter(tabs[1]!, email);
  for (const tab of tabs) await tab.is("signed_in");
});

test("F5 held down signs nobody out", async ({ tab }) => {
  await signUp(tab);
  await openDevices(tab, 1);

  for (let n = 0; n < RELOADS; n += 1) {
    // Twenty a second: as fast as a held key.
    const next = new Promise((due) => setTimeout(due, 50));
    await tab.run(() => location.reload()).catch(() => undefined);
    await next;
  }

  // What the last reload has begun is over then.
  await tab.open("/devices");
  await tab.is("signed_in");
  await tab.rename("After the storm");
  await tab.says("After the storm");
});

test("a private window signs in, and stays so over a reload and in its second tab", async ({ newBrowser }) => {
  const browser = await newBrowser("private");
  const tab = await browser.tab();
  await signUp(tab);

  await tab.reload();
  await tab.isAlive();
  await tab.is("signed_in");
  const second = await browser.tab();
  await second.open("/devices");
  await second.lists(1);
});

test("a browser that keeps no cookies says so at once, and works until it is left", async ({ newBrowser }) => {
  const tab = await (await newBrowser("without cookies")).tab();
  await signUp(tab);

  await tab.says("This browser doesn’t keep cookies for this site");
  await openDevices(tab, 1);
  await tab.rename("Without cookies");
  await tab.says("Without cookies");
  await tab.reload();
  await tab.isAlive();
  await tab.is("signed_out");
});

test("Firefox works where it resists fingerprinting", async ({ engine, newBrowser }) => {
  test.skip(engine.name !== "firefox" || !LONG, "long, in Firefox");
  const tab = await (await newBrowser("guarded")).tab();
  await signUp(tab);
  await tab.open("/devices");

  await tab.rename("Guarded");
  await tab.says("Guarded");
  await tab.reload();
  await tab.isAlive();
  await tab.is("signed_in");
  await tab.press("Sign out");
  await tab.is("signed_out");
});
