import { Outbox } from "../pages/outbox";
import { enter, expect, openDevices, PASSWORD, signIn, signUp, test } from "./fixtures";

const NEW_PASSWORD = "nine slow rivers hum";
/** What the list calls a browser. */
const NAMES = { chromium: /Chrom\w+ \d+ · Linux/, firefox: /Firefox \d+ · Linux/, webkit: /WebKit\w* [\d.]+ · Linux/ };

test("a device has its browser's name, and is signed out from another, which says who did it", async ({ engine, other, site, tab }) => {
  const streams = site.network.always("/api/events", { do: "nothing" });
  const email = await signUp(tab);
  await streams.happened();
  await signIn(other, email);
  await other.follow(/Account of/);
  await streams.happened(2);
  await openDevices(tab, 2);
  await tab.rename("Kitchen laptop");
  await tab.says("Kitchen laptop");

  await tab.press(/^Sign out (?!all)./);

  await tab.says(/was signed out in \d+\.\d s/);
  await other.isAt("/sign-in?next=/account");
  await other.says("Signed out by Kitchen laptop");
  await other.reload();
  await other.isAlive();
  await other.says("Signed out by Kitchen laptop");
  await enter(other, email);
  await other.saysNot("Signed out by");
  expect(await tab.text()).toMatch(NAMES[engine.name]);
});

test("the start page says the reason too", async ({ other, tab }) => {
  const email = await signUp(tab);
  await signIn(other, email);
  await openDevices(tab, 2);

  await tab.press(/^Sign out (?!all)./);

  await other.is("signed_out");
  await other.isAt("/");
  await other.says("Signed out by");
  await other.reload();
  await other.says("Signed out by");
});

test("all others are signed out once the password is confirmed", async ({ other, tab }) => {
  const email = await signUp(tab);
  const proved = Date.now();
  await signIn(other, email);
  await openDevices(tab, 2);
  // Longer than a proof counts here.
  await expect.poll(() => Date.now() - proved, { timeout: 20_000 }).toBeGreaterThan(5_000);

  await tab.press("Sign out all other devices");
  await tab.press("Sign out all others");
  await tab.says("Confirm that it is you");
  await tab.fill(/^Password/, "not the password at all");
  await tab.press("Confirm");
  await tab.says("That is not your current password.");
  await tab.lists(2);
  await tab.fill(/^Password/, PASSWORD);
  await tab.press("Confirm");

  await tab.lists(1);
  await other.is("signed_out");
  await tab.is("signed_in");
});

test("a new password signs the other device out, and keeps this one over a reload", async ({ other, tab }) => {
  const email = await signUp(tab);
  await signIn(other, email);
  await other.follow(/Account of/);
  await tab.follow(/Account of/);

  await tab.fill("Current password", PASSWORD);
  await tab.fill(/^New password/, NEW_PASSWORD);
  await tab.press("Change password");

  await tab.says("One other device was signed out");
  await other.is("signed_out");
  await other.says("your password was changed");
  await tab.reload();
  await tab.isAlive();
  await tab.is("signed_in");
  await signIn(other, email, NEW_PASSWORD);
});

test("a forgotten password is replaced by mail", async ({ other, site, tab }) => {
  const email = await signUp(other);
  await other.follow(/Account of/);
  await tab.open("/sign-in");
  await tab.follow("Forgotten your password?");
  await tab.fill("Email", email);
  await tab.press("Send the link");
  await tab.says("If there is an account with this address");
  const outbox = new Outbox({ request: { get: (path) => fetch(site.server.url + path) } });

  await tab.open(await outbox.link(email, "Choose a new password"));
  await tab.fill(/^New password/, NEW_PASSWORD);
  await tab.press("Change password");

  await tab.says("Your password is changed");
  await other.is("signed_out");
  await other.says("your password was changed");
  await tab.follow("Sign in");
  await enter(tab, email, NEW_PASSWORD);
});
