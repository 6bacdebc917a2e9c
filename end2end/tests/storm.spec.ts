import type { Route } from "@playwright/test";

import { Device, expect, PASSWORD, test } from "../fixtures";

/** By the contract: eight tries that bring nothing, in ten minutes, that a tab makes by itself. */
const BUDGET = 8;
/** And one more each time the browser says that it is online. */
const ONLINE = 10;
const TABS = 3;

const FAULTS: Record<string, (route: Route) => Promise<void>> = {
  "503": (route) => route.fulfill({ status: 503, json: { code: "busy", retry_after: 1 } }),
  "401 that is no definite answer": (route) => route.fulfill({ status: 401, json: { code: "token_expired" } }),
  "no network": (route) => route.abort("connectionfailed"),
};

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`storm: ten minutes of ${name} in three tabs stay within both purses`, async ({ device }) => {
    test.slow();
    await device.context.clock.install();
    const email = await device.withAccount();
    const tabs = [device];
    while (tabs.length < TABS) tabs.push(new Device(device.context, await device.context.newPage()));
    for (const tab of tabs) await tab.devices.open();
    // From here on time passes only where it is said: ten minutes are not a second more.
    await device.context.clock.pauseAt((await device.page.evaluate(() => Date.now())) + 1_000);
    await device.context.route("**/api/refresh", fault);
    const counts = tabs.map((tab) => tab.session.countRefreshes());

    // Past the life of every token, with a person who does not give up.
    for (let minute = 0; minute < ONLINE; minute += 1) {
      await device.context.clock.runFor(60_000);
      for (const tab of tabs) await tab.page.evaluate(() => window.dispatchEvent(new Event("online")));
    }

    for (const count of counts) {
      expect(count()).toBeGreaterThan(1);
      expect(count()).toBeLessThanOrEqual(BUDGET + ONLINE);
    }
    for (const tab of tabs) await tab.session.isSignedIn();

    // The way out and in again is open.
    await device.context.clock.resume();
    await device.context.unroute("**/api/refresh");
    await device.session.signOut();
    await device.session.isSignedOut();
    await device.signIn.submit(email, PASSWORD);
    for (const tab of tabs) await tab.session.isSignedIn();
  });
}
