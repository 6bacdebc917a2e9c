import { expect, LONG, openDevices, outlivesTokens, signIn, signUp, test } from "./fixtures";

test.use({ settings: { TABKEY_SESSION__PROFILE: "tab", TABKEY_SESSION__ACCESS_TOKEN_TTL: "4s" } });

const CLOSINGS = LONG ? 12 : 1;

test("the token is renewed silently, and a reload signs out and says so", async ({ site, tab }) => {
  await outlivesTokens(tab, site);

  await tab.reload();

  await tab.isAlive();
  await tab.isAt("/sign-in?next=/account");
  await tab.says("the page was left or loaded anew");
});

test("last-tab: two tabs are two sessions, and closing the site's last tab signs out", async ({ newBrowser, tab }) => {
  const email = await signUp(tab);
  await openDevices(tab, 1);
  const heard: boolean[] = [];

  // A browser under load may lose it; then the session is listed until its idle end, and nobody holds its token.
  const lost = () => heard.filter((was) => !was).length;
  while (heard.length - lost() < CLOSINGS && lost() < 3) {
    const listed = 1 + lost();
    const browser = await newBrowser();
    const closing = await browser.tab();
    // The browser goes on.
    await browser.tab();
    await signIn(closing, email);
    await openDevices(closing, listed + 1);
    await tab.lists(listed + 1);
    await closing.close();
    heard.push(await tab.lists(listed, 10_000).then(() => true, () => false));
  }

  expect(heard.length - lost(), `heard: ${heard}`).toBe(CLOSINGS);
});

test("where site data is blocked, a person signs in, and the page hears of what happens", async ({ newBrowser, site, tab }) => {
  const blocked = await (await newBrowser("without cookies")).tab();
  const streams = site.network.always("/api/events", { do: "nothing" });

  const email = await signUp(blocked);
  await openDevices(blocked, 1);
  await streams.happened();

  await signIn(tab, email);
  await blocked.lists(2);
});
