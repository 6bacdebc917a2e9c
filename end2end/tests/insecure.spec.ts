import { chromium } from "@playwright/test";

import { Device, expect, test } from "../fixtures";

// A browser says here only by its `Origin` whose page it is: the port has to be known beforehand.
const PORT = 18_480;

test.use({
  settings: {
    LEPTOS_SITE_ADDR: `127.0.0.1:${PORT}`,
    TABKEY_SERVER__INSECURE_COOKIES: "true",
    TABKEY_SERVER__PUBLIC_URL: `http://tabkey.test:${PORT}`,
    TABKEY_SESSION__ACCESS_TOKEN_TTL: "3s",
  },
});

test("insecure-context: on plain http in a network it works without locks and secure cookies", async ({ server }) => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--host-resolver-rules=MAP tabkey.test 127.0.0.1"],
  });
  const context = await browser.newContext({ baseURL: `http://tabkey.test:${PORT}` });
  const device = new Device(context, await context.newPage());

  await device.withAccount();
  expect(await device.page.evaluate(() => [window.isSecureContext, "locks" in navigator])).toEqual([false, false]);
  expect((await context.cookies()).map((cookie) => cookie.name).sort()).toEqual(["refresh", "signed-in"]);
  const refreshes = device.session.countRefreshes();
  await device.devices.open();
  await device.devices.rename("On the LAN");
  await expect(device.devices.current()).toContainText("On the LAN");
  await expect.poll(refreshes).toBeGreaterThan(1);
  await device.page.reload();
  await expect(device.devices.current()).toContainText("On the LAN");
  // Tabs without a lock between them hear each other, and each goes on over the end of its token.
  const other = new Device(context, await context.newPage());
  await other.devices.open();
  for (const [tab, name] of [[other, "From the other"], [device, "From the first"]] as const) {
    await tab.page.bringToFront();
    const before = refreshes();
    await expect.poll(refreshes).toBeGreaterThan(before);
    await tab.devices.rename(name);
    for (const each of [device, other]) await expect(each.devices.current()).toContainText(name);
  }
  await device.page.bringToFront();
  await device.session.signOutFully();

  expect(await context.cookies()).toEqual([]);
  expect(server.log()).toContain("insecure_cookies is on");
  await browser.close();
});
