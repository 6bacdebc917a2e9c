import { Device, expect, test } from "../fixtures";

test.use({ settings: { TABKEY_SESSION__IDLE_TIMEOUT: "16s", TABKEY_SESSION__ACCESS_TOKEN_TTL: "5s" } });

test("background-is-activity: nobody's using it ends the session, after one warning in all tabs alike", async ({ device }) => {
  await device.withAccount();
  const tab = new Device(device.context, await device.context.newPage());
  await tab.devices.open();
  const warnings = [device, tab].map(({ page }) => page.getByTestId("idle-warning"));

  for (const warning of warnings) await expect(warning).toBeVisible({ timeout: 20_000 });
  // Input in one tab is use for all.
  await tab.page.getByRole("button", { name: "Stay signed in" }).click();
  for (const warning of warnings) await expect(warning).toBeHidden();
  await device.session.isSignedIn();

  // Nothing more happens, but refreshes: they are no use.
  await expect(tab.page).toHaveURL("/sign-in?next=/devices", { timeout: 40_000 });
  await expect(tab.page.getByText("was not used for a while")).toBeVisible();
  await device.session.isSignedOut();
});
