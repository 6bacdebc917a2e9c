import { expect, test } from "../fixtures";

test.use({ settings: { TABKEY_SESSION__PROFILE: "banking", TABKEY_SESSION__IDLE_TIMEOUT: "12s" } });

test("without input the tab counts down and is signed out at the very end", async ({ device }) => {
  await device.withAccount();
  await device.page.getByRole("link", { name: /Account of/ }).click();
  const warning = device.page.getByTestId("idle-warning");

  // Input while it counts down keeps the session.
  await expect(warning).toBeVisible({ timeout: 15_000 });
  await expect(warning).toContainText(/[123] s/);
  await device.page.keyboard.press("Shift");
  const used = Date.now();
  await expect(warning).toBeHidden();

  await expect(warning).toBeVisible({ timeout: 15_000 });
  await device.session.isSignedIn();
  await expect(device.page).toHaveURL("/sign-in?next=/account", { timeout: 15_000 });
  const took = Date.now() - used;
  await expect(device.page.getByText("was not used for a while")).toBeVisible();
  // The clock is looked at every second.
  expect(took).toBeGreaterThan(11_500);
  expect(took).toBeLessThan(15_000);
});
