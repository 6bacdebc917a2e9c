import { expect, PASSWORD, test } from "../fixtures";

test("a device is named, and signed out from another, which says who did it", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await other.devices.open();
  await device.devices.open();
  await expect(device.devices.rows()).toHaveCount(2);
  await expect(device.devices.rows().first()).toContainText("This device");
  await expect(device.devices.current()).toContainText(/Chromium on Linux|Chrome on Linux/);

  await device.devices.rename("Kitchen laptop");
  await expect(device.devices.current()).toContainText("Kitchen laptop");
  await device.devices.signOutFirstOther();
  await expect(device.devices.rows()).toHaveCount(1);
  await expect(device.page.getByText("No other device is signed in.")).toBeVisible();

  await expect(other.signIn.heading()).toBeVisible();
  const why = other.page.getByText(/Signed out by Kitchen laptop, (just now|.* ago)/);
  await expect(why).toBeVisible();
  // And the next reload.
  await other.page.reload();
  await expect(why).toBeVisible();
  await other.session.isReady();
  await expect(why).toBeVisible();

  await other.signIn.submit(email, PASSWORD);
  await expect(other.page).toHaveURL("/devices");
  await expect(why).toHaveCount(0);
});

test("outlived-stream: a revoked device shows the sign-in page by itself, and the other says how fast", async ({
  device,
  other,
}) => {
  const email = await device.withAccount();
  await other.joining(email);
  await device.devices.open();
  const listening = other.page.waitForResponse((response) => response.url().endsWith("/api/events"));
  await other.devices.open();
  await listening;

  await device.devices.signOutFirstOther();
  const notice = device.page.getByText(/was signed out in \d+\.\d s/);
  await expect(notice).toBeVisible();

  // Without a click, a reload or a call there.
  await expect(other.page).toHaveURL("/sign-in?next=/devices");
  await expect(other.page.getByText(/Signed out by Chrom/)).toBeVisible();
  console.log(await notice.innerText());
});

test("the list of devices is live, and what is being typed in it stays", async ({ device, other }) => {
  const email = await device.withAccount();
  const listening = device.page.waitForResponse((response) => response.url().endsWith("/api/events"));
  await device.devices.open();
  await listening;
  await device.devices.current().getByRole("button", { name: /^Rename/ }).click();
  await device.page.getByLabel("Device name").fill("Half a na");

  await other.joining(email);
  await expect(device.devices.rows()).toHaveCount(2);
  await other.devices.open();
  await other.devices.rename("Kitchen laptop");
  await expect(device.devices.others()).toContainText("Kitchen laptop");
  await other.session.signOut();
  await expect(device.devices.rows()).toHaveCount(1);

  await expect(device.page.getByLabel("Device name")).toHaveValue("Half a na");
  await expect(device.page.getByLabel("Device name")).toBeFocused();
});

test("many tabs share one event stream, and all of them go dark", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  // The page of the sign-up listens too, or is about to.
  await device.page.goto("about:blank");
  let streams = 0;
  device.context.on("request", (request) => {
    if (request.url().endsWith("/api/events")) streams += 1;
  });
  const listening = device.context.waitForEvent("response", (response) => response.url().endsWith("/api/events"));
  await device.devices.open();
  await listening;
  const tabs = await Promise.all(Array.from({ length: 7 }, () => device.context.newPage()));
  for (const tab of tabs) await tab.goto("/account");

  await other.devices.open();
  await other.devices.signOutFirstOther();

  for (const tab of [device.page, ...tabs]) {
    await expect(tab.getByTestId("session-status")).toHaveAttribute("data-status", "signed_out");
  }
  expect(streams).toBe(1);
});

test("the next reload of a revoked device leads to the sign-in page and says why", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await other.devices.open();
  await device.devices.open();

  await device.devices.signOutFirstOther();
  await expect(device.devices.rows()).toHaveCount(1);
  await other.page.reload();

  await expect(other.page).toHaveURL("/sign-in?next=/devices");
  await expect(other.page.getByText(/Signed out by Chrom/)).toBeVisible();
});

test("signing out all others asks first, and names what it does", async ({ browser, device, other, server }) => {
  const email = await device.withAccount();
  await other.joining(email);
  const third = await browser.newContext({ baseURL: server.url });
  await third.request.post("/api/sign_in", { form: { email, password: PASSWORD } });
  await device.devices.open();
  await expect(device.devices.rows()).toHaveCount(3);

  await device.devices.askToSignOutAllOthers();
  await expect(device.devices.dialog()).toContainText("Sign out 2 other devices?");
  await device.page.getByRole("button", { name: "Cancel" }).click();
  await expect(device.devices.rows()).toHaveCount(3);

  await device.devices.askToSignOutAllOthers();
  await device.page.keyboard.press("Escape");
  await expect(device.devices.dialog()).toBeHidden();

  await device.devices.askToSignOutAllOthers();
  await device.devices.dialog().getByRole("button", { name: "Sign out all others" }).click();
  await expect(device.devices.rows()).toHaveCount(1);
  await device.page.reload();
  await expect(device.devices.rows()).toHaveCount(1);
  await third.close();
});

test("times are relative, and exact on hover", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();

  const time = device.devices.current().locator("time").first();

  await expect(time).toHaveText("just now");
  await expect(time).toHaveAttribute("datetime", /^20\d\d-\d\d-\d\dT/);
  await expect(time).toHaveAttribute("title", /20\d\d/);
});

test("a new password signs the other devices out and keeps this one", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await device.account.open();

  await device.account.changePassword("not the password at all", "nine slow rivers hum");
  await expect(device.account.current()).toHaveAccessibleDescription(/not your current password/);
  await device.account.changePassword(PASSWORD, "nine slow rivers hum");
  await expect(device.page.getByRole("status").filter({ hasText: "One other device was signed out" })).toBeVisible();
  await expect(device.account.current()).toHaveValue("");

  await other.page.reload();
  await other.page.goto("/devices");
  await expect(other.page.getByText(/your password was changed/)).toBeVisible();
});

test("markup in a name is text", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();

  await device.devices.rename("<img src=x onerror=alert(1)>");

  await expect(device.devices.current()).toContainText("<img src=x onerror=alert(1)>");
  await device.page.reload();
  await expect(device.devices.current()).toContainText("<img src=x onerror=alert(1)>");
});

test("start-page: a device that is signed out while it shows the start page says why, there and after a reload", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await other.page.goto("/");
  await other.session.isReady();
  await device.devices.open();
  const why = other.page.getByRole("status").filter({ hasText: "Signed out by" });

  await device.devices.signOutFirstOther();

  await expect(why).toBeVisible();
  await expect(other.page.getByRole("heading", { level: 1 })).toContainText("Sign in once.");
  await other.page.reload();
  await expect(why).toBeVisible();
  await other.joining(email);
  await other.page.goto("/");
  await expect(why).toHaveCount(0);
});
