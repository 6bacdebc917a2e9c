import { type BrowserContext } from "@playwright/test";

import { Device, expect } from "./fixtures";

/** More than the six connections that a browser opens to a host. */
const TABS = 8;

/** As where there are no locks: plain http in a network, an old browser. */
export async function withoutLocks(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
}

/** Eight tabs of one browser, all looked at: each loads, and each saves. */
export async function eightTabsWork(device: Device, sharesSession: boolean): Promise<void> {
  const email = await device.withAccount();
  const tabs = [device];
  while (tabs.length < TABS) {
    const tab = new Device(device.context, await device.context.newPage());
    if (!sharesSession) await tab.joining(email);
    tabs.push(tab);
  }
  for (const tab of tabs) {
    // By a link: elsewhere a page that is loaded anew is signed out.
    if (sharesSession) await tab.devices.open();
    else await tab.page.getByRole("link", { name: "Devices", exact: true }).click();
    await tab.devices.list().waitFor();
  }
  for (const [n, tab] of tabs.entries()) {
    await tab.devices.rename(`Tab ${n}`);
    await expect(tab.devices.current()).toContainText(`Tab ${n}`);
  }
  await expect(tabs[0]!.devices.current()).toContainText(sharesSession ? `Tab ${TABS - 1}` : "Tab 0");
}
