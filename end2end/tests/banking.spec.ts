import { ContinueDialog } from "../pages/continue";
import { type Device, expect, PASSWORD, test } from "../fixtures";

// The password is asked for 3 s before the token's end, and for 12 s after it.
test.use({ settings: { TABKEY_SESSION__PROFILE: "banking", TABKEY_SESSION__ACCESS_TOKEN_TTL: "12s" } });

/** By a link: to load a page anew is to be signed out. */
async function openAccount(device: Device): Promise<void> {
  await device.page.getByRole("link", { name: /Account of/ }).click();
  await device.account.current().waitFor();
}

test("before the token's end the password is asked for, and what was typed stays", async ({ device }) => {
  await device.withAccount();
  const refreshes = device.session.countRefreshes();
  const { dialog, password, submit } = bound(new ContinueDialog(device.page));
  await openAccount(device);
  await device.account.current().fill("half a password");

  await expect(dialog()).toBeVisible({ timeout: 15_000 });
  await expect(dialog()).toContainText("about to end");
  // What somebody is typing at that moment goes neither into the password nor into a button.
  await device.page.keyboard.type("typed blindly ");
  await device.page.keyboard.press("Enter");
  await expect(dialog()).toBeVisible();
  await expect(password()).toHaveValue("");

  await submit("not the password at all");
  await expect(dialog().getByText("That is not your current password.")).toBeVisible();
  await expect(password()).toBeFocused();
  await submit(PASSWORD);

  await expect(dialog()).toBeHidden();
  await expect(device.account.current()).toHaveValue("half a password");
  await expect(device.account.current()).toBeFocused();
  await device.session.isSignedIn();
  // The same session, with a token that works.
  await device.page.getByRole("link", { name: "Devices", exact: true }).click();
  await expect(device.devices.rows()).toHaveCount(1);
  expect(refreshes()).toBe(0);
  expect(await device.context.cookies()).toEqual([]);
});

test("put aside, the dialog comes back at the token's end and stays", async ({ device }) => {
  await device.withAccount();
  const { dialog, notNow, signOut, submit } = bound(new ContinueDialog(device.page));
  await openAccount(device);
  await device.account.current().fill("half a password");

  await notNow().click({ timeout: 15_000 });
  await expect(dialog()).toBeHidden();
  await expect(dialog()).toBeVisible({ timeout: 10_000 });
  await expect(dialog()).toContainText("has come to its end");
  await expect(signOut()).toBeVisible();
  for (let i = 0; i < 3; i += 1) await device.page.keyboard.press("Escape");
  await expect(dialog()).toBeVisible();
  await submit(PASSWORD);

  await expect(dialog()).toBeHidden();
  await expect(device.account.current()).toHaveValue("half a password");
  await device.session.isSignedIn();
});

test("without the password the tab is signed out at the end and says why", async ({ device, other }) => {
  const email = await device.withAccount();
  await openAccount(device);

  await expect(device.page).toHaveURL("/sign-in?next=/account", { timeout: 40_000 });
  await expect(device.page.getByText("the password was not entered in time")).toBeVisible();
  await expect(new ContinueDialog(device.page).dialog()).toBeHidden();

  // The server has heard of it too.
  await other.joining(email);
  await other.page.getByRole("link", { name: "Devices", exact: true }).click();
  await expect(other.devices.rows()).toHaveCount(1);
});

test("a reload signs out, the page says so, and the session is listed until its idle end", async ({ device, other }) => {
  const email = await device.withAccount();
  await openAccount(device);

  await device.page.reload();

  await expect(device.page).toHaveURL("/sign-in?next=/account");
  await device.session.isSignedOut();
  await expect(device.page.getByText("the page was left or loaded anew")).toBeVisible();
  await expect(device.signIn.shared()).toHaveCount(0);
  await other.joining(email);
  await other.page.getByRole("link", { name: "Devices", exact: true }).click();
  await expect(other.devices.rows()).toHaveCount(2);
  // Signing in again leads back, and the reason is gone.
  await device.signIn.submit(email, PASSWORD);
  await expect(device.page).toHaveURL("/account");
});

test("another device's sign-out is seen at once, as under every profile", async ({ device, other }) => {
  const email = await device.withAccount();
  await openAccount(device);
  await other.joining(email);
  await other.page.getByRole("link", { name: "Devices", exact: true }).click();
  await expect(other.devices.rows()).toHaveCount(2);

  await other.devices.signOutFirstOther();

  await device.session.isSignedOut();
  await expect(device.page.getByText(/Signed out by/)).toBeVisible();
});

function bound(dialog: ContinueDialog) {
  return { ...dialog, submit: dialog.submit.bind(dialog) };
}
