import type { Page } from "@playwright/test";

import { close, Device, expect, test } from "../fixtures";

test("client-clock: a device that is a day off, or jumps, asks as often as any other", async ({ browser, server }) => {
  test.slow();
  const refreshes = async (patch?: () => void, change?: (page: Page) => Promise<void>): Promise<number> => {
    const context = await browser.newContext({ baseURL: server.url });
    if (patch) await context.addInitScript(patch);
    const tab = new Device(context, await context.newPage());
    // Each page asks for a token to listen, once it has lived a while: how long it lives must not depend on the machine.
    const listens = () => tab.page.waitForResponse((response) => response.url().endsWith("/api/events"));
    const first = listens();
    await tab.withAccount();
    await first;
    const count = tab.session.countRefreshes();
    if (change) {
      // A stream from before is a dead one, and is opened anew.
      const settled = [tab.page.waitForResponse((response) => response.url().endsWith("/api/refresh")), listens()];
      await change(tab.page);
      await Promise.all(settled);
    }
    for (const path of ["/devices", "/account", "/devices"]) {
      const listening = listens();
      await tab.page.goto(path);
      await tab.session.isReady();
      await listening;
    }
    await tab.devices.list().waitFor();
    await tab.devices.rename("Counted");
    await expect(tab.devices.current()).toContainText("Counted");
    await tab.session.isSignedIn();
    await close(context);
    return count();
  };

  const right = await refreshes();
  const ahead = await refreshes(() => {
    const now = Date.now;
    Date.now = () => now() + 86_400_000;
  });
  const behind = await refreshes(() => {
    const now = Date.now;
    Date.now = () => now() - 86_400_000;
  });
  const setBack = await refreshes(() => {
    const now = Date.now;
    const began = now();
    Date.now = () => (now() - began > 1_000 ? now() - 3_600_000 : now());
  });

  // Looks like sleep, and costs one refresh; the pages after it begin with the clock as it is then.
  const setForward = await refreshes(
    () => {
      const now = Date.now;
      Date.now = () => (sessionStorage.getItem("clock") ? now() + 3_600_000 : now());
    },
    (page) => page.evaluate(() => sessionStorage.setItem("clock", "set forward")),
  );

  expect([ahead, behind, setBack]).toEqual([right, right, right]);
  expect(setForward).toBe(right + 1);
});
