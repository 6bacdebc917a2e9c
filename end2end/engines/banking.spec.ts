import { expect, LONG, openDevices, PASSWORD, signUp, test } from "./fixtures";

// The password is asked for 3 s before the token's end, and for 12 s after it.
test.use({ settings: { TABKEY_SESSION__PROFILE: "banking", TABKEY_SESSION__ACCESS_TOKEN_TTL: "12s" } });

const QUESTION = "Enter your password to go on";

test("before the token's end the password is asked for, and what was typed stays", async ({ tab }) => {
  await signUp(tab);
  await tab.follow(/Account of/);
  await tab.fill("Current password", "half a password");

  await tab.says(QUESTION);
  await tab.fill(/^Password/, "not the password at all");
  await tab.press("Go on");
  await tab.says("That is not your current password.");
  await tab.fill(/^Password/, PASSWORD);
  await tab.press("Go on");

  await tab.saysNot(QUESTION);
  expect(await tab.value("Current password")).toBe("half a password");
  await openDevices(tab, 1);
});

test("a reload signs out, and the page says so", async ({ tab }) => {
  await signUp(tab);
  await tab.follow(/Account of/);

  await tab.reload();

  await tab.isAlive();
  await tab.isAt("/sign-in?next=/account");
  await tab.says("the page was left or loaded anew");
});

test("without the password the tab is signed out after the token's end", async ({ tab }) => {
  test.skip(!LONG, "long");
  await signUp(tab);
  await tab.follow(/Account of/);

  await tab.isAt("/sign-in?next=/account", 40_000);
  await tab.says("the password was not entered in time");
});
