import { Device, expect, PASSWORD, test } from "../fixtures";
import { eightTabsWork, withoutLocks } from "../many-tabs";

test.use({ settings: { TABKEY_SESSION__PROFILE: "tab", TABKEY_SESSION__ACCESS_TOKEN_TTL: "3s" } });

async function openDevices(device: Device): Promise<void> {
  await device.page.getByRole("link", { name: "Devices", exact: true }).click();
  await device.devices.list().waitFor();
}

/** The same account on this device too, which shows its devices as they are now and hears of every change. */
async function watch(device: Device, email: string): Promise<void> {
  const listening = device.page.waitForResponse((response) => response.url().endsWith("/api/events"));
  await device.joining(email);
  await openDevices(device);
  await listening;
  await expect(device.devices.rows()).toHaveCount(2);
}

test("the token is renewed silently, and neither token is anywhere but in memory", async ({ device, server }) => {
  const { context, page } = device;
  const secrets = new Set<string>();
  const seen: string[] = [];
  page.on("console", (message) => seen.push(message.text()));
  page.on("request", (request) => seen.push(request.url()));
  page.on("response", async (response) => {
    seen.push(response.headers()["set-cookie"] ?? "");
    if (/refresh|sign_up/.test(response.url())) {
      const body = await response.json().catch(() => ({}));
      for (const secret of [body.access_token, body.refresh_token]) if (secret) secrets.add(secret);
    }
  });
  await device.withAccount();
  const refreshes = device.session.countRefreshes();
  await openDevices(device);
  await page.getByRole("link", { name: /Account of/ }).click();
  await device.account.current().fill("half a password");

  await expect.poll(refreshes, { timeout: 20_000 }).toBeGreaterThan(3);

  await expect(device.account.current()).toHaveValue("half a password");
  await device.session.isSignedIn();
  expect(await context.cookies()).toEqual([]);
  const kept = await page.evaluate(async () =>
    JSON.stringify({
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases: await indexedDB.databases(),
      cookie: document.cookie,
      html: document.documentElement.outerHTML,
      name: window.name,
    }),
  );
  expect(secrets.size).toBeGreaterThan(6);
  const everything = [kept, ...seen, server.log()].join("\n");
  for (const secret of secrets) expect(everything).not.toContain(secret);
});

test("closing the tab signs out, and the other devices see it", async ({ device, other }) => {
  const email = await device.withAccount();
  await openDevices(device);
  await watch(other, email);

  await device.page.close({ runBeforeUnload: true });

  await expect(other.devices.rows()).toHaveCount(1);
});

test("a reload signs out as well, and the page says so", async ({ device, other }) => {
  const email = await device.withAccount();
  await openDevices(device);
  await watch(other, email);

  await device.page.reload();

  await expect(device.page).toHaveURL("/sign-in?next=/devices");
  await expect(device.page.getByText("the page was left or loaded anew")).toBeVisible();
  await expect(other.devices.rows()).toHaveCount(1);
});

test("several tabs are several sessions, and none touches the other", async ({ device }) => {
  const email = await device.withAccount();
  await openDevices(device);
  const tab = new Device(device.context, await device.context.newPage());
  await tab.signIn.open();
  await tab.session.isSignedOut();
  await tab.signIn.submit(email, PASSWORD);
  await tab.session.isSignedIn();
  await openDevices(tab);
  await expect(tab.devices.rows()).toHaveCount(2);
  await expect(device.devices.rows()).toHaveCount(2);

  await tab.session.signOut();
  await tab.session.isSignedOut();

  await expect(device.devices.rows()).toHaveCount(1);
  await device.session.isSignedIn();
  await device.devices.rename("Still here");
  await expect(device.devices.current()).toContainText("Still here");
});

for (const hasLocks of [true, false]) {
  test(`connections: eight tabs ${hasLocks ? "with" : "without"} locks all load and save`, async ({ device }) => {
    if (!hasLocks) await withoutLocks(device.context);
    await eightTabsWork(device, false);
  });
}

test("a password is not sent before there is a script that can hold what it brings", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const { page, signIn, signUp } = new Device(context, await context.newPage());
  for (const [path, button] of [["/sign-in", signIn.button()], ["/sign-up", signUp.button()]] as const) {
    await page.goto(path);
    await expect(page.getByText(/your sign-in lives in the page itself, which needs JavaScript/)).toBeVisible();
    await expect(button).toBeDisabled();
  }
  await context.close();
});
