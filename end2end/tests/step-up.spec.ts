import { type Device, expect, PASSWORD, test } from "../fixtures";

// A proof counts for three seconds here.
test.use({ settings: { TABKEY_SESSION__STEP_UP_AGE: "3s" } });

/** Two devices of one account, and on the first the wish to sign out the other, long after its password was typed. */
async function askLate(device: Device, other: Device): Promise<void> {
  const email = await device.withAccount();
  const proved = Date.now();
  await other.joining(email);
  await device.devices.open();
  await expect(device.devices.rows()).toHaveCount(2);
  await expect.poll(() => Date.now() - proved, { timeout: 30_000 }).toBeGreaterThan(5_000);
  await device.devices.askToSignOutAllOthers();
  await device.devices.dialog().getByRole("button", { name: "Sign out all others" }).click();
  await expect(device.stepUp.dialog()).toBeVisible();
}

test("the password is asked for, and then the call goes through by itself", async ({ device, other }) => {
  await askLate(device, other);
  await expect(device.stepUp.password()).toBeFocused();
  await expect(device.devices.rows()).toHaveCount(2);

  await device.stepUp.confirm("not the password at all");
  await expect(device.stepUp.password()).toHaveAccessibleDescription(/not your current password/);
  await device.stepUp.password().fill(PASSWORD);
  await device.page.keyboard.press("Enter");

  await expect(device.stepUp.dialog()).toBeHidden();
  await expect(device.devices.rows()).toHaveCount(1);
  await other.session.isSignedOut();
  await device.session.isSignedIn();
});

test("who would rather not changes nothing, and reads so", async ({ device, other }) => {
  await askLate(device, other);

  await device.stepUp.cancel();

  await expect(device.stepUp.dialog()).toBeHidden();
  await expect(device.page.getByText("Nothing was changed: your password was not confirmed.")).toBeVisible();
  await expect(device.devices.rows()).toHaveCount(2);
  await other.session.isSignedIn();

  await device.devices.askToSignOutAllOthers();
  await device.devices.dialog().getByRole("button", { name: "Sign out all others" }).click();
  await expect(device.stepUp.dialog()).toBeVisible();
  await device.page.keyboard.press("Escape");
  await expect(device.stepUp.dialog()).toBeHidden();
  await expect(device.devices.rows()).toHaveCount(2);
});

test("an admin confirms it once, and the deed is done", async ({ device, other, server }) => {
  await device.asAdmin(server);
  const proved = Date.now();
  const email = await other.withAccount();
  await device.admin.openAccount(email);
  await expect.poll(() => Date.now() - proved, { timeout: 30_000 }).toBeGreaterThan(5_000);

  await device.admin.press("Block");
  await device.stepUp.cancel();
  await expect(device.page.getByText("Nothing was changed: your password was not confirmed.")).toBeVisible();
  await other.session.isSignedIn();

  await device.admin.press("Block");
  await device.stepUp.confirm(PASSWORD);
  await expect(device.admin.said("Blocked. One device was signed out.")).toBeVisible();
  await other.session.isSignedOut();
});
