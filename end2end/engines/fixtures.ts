import { expect, test as base } from "@playwright/test";

import { newEmail, PASSWORD } from "../fixtures";
import type { Browser, Engine, Kind } from "./engine";
import { Puppeteer } from "./puppeteer";
import { Site } from "./site";
import type { Tab } from "./tab";
import { WebKit } from "./webkit";

export { expect } from "@playwright/test";
export { newEmail, PASSWORD };

/** Whether the long form is wanted. */
export const LONG = process.env.ENGINES === "long";

interface Options {
  /** Environment variables of the server of this file's tests. */
  settings: Record<string, string>;
  engineName: Engine["name"];
  overHttps: boolean;
}

interface Workers {
  site: Site;
  engine: Engine;
}

interface Fixtures {
  /** A browser of its own kind that is gone after the test. */
  newBrowser(kind?: Kind): Promise<Browser>;
  /** The first tab of a new browser. */
  tab: Tab;
  /** The same of another one: another device. */
  other: Tab;
}

export const test = base.extend<Fixtures, Options & Workers>({
  // A proof of the password counts for three seconds.
  settings: [{ TABKEY_SESSION__STEP_UP_AGE: "3s" }, { option: true, scope: "worker" }],
  engineName: ["chromium", { option: true, scope: "worker" }],
  overHttps: [false, { option: true, scope: "worker" }],
  site: [
    async ({ settings, overHttps }, use) => {
      const site = await Site.open(settings, overHttps);
      await use(site);
      await site.close();
    },
    { scope: "worker" },
  ],
  engine: [
    async ({ engineName, site }, use) => {
      const engine = engineName === "webkit" ? new WebKit(site.url) : new Puppeteer(engineName, site.url);
      await use(engine);
      await engine.close();
    },
    { scope: "worker" },
  ],
  newBrowser: async ({ engine, site }, use) => {
    const browsers: Browser[] = [];
    await use(async (kind) => {
      const browser = await engine.browser(kind);
      browsers.push(browser);
      return browser;
    });
    await Promise.all(browsers.map((browser) => browser.close()));
    site.network.calm();
  },
  tab: async ({ newBrowser }, use) => use(await (await newBrowser()).tab()),
  other: async ({ newBrowser }, use) => use(await (await newBrowser()).tab()),
});

/** The form of the sign-up page, which is open. */
export async function enterAsNew(tab: Tab): Promise<string> {
  const email = newEmail();
  await tab.fill(/^Name/, "Ann Lee");
  await tab.fill("Email", email);
  await tab.fill(/^Password/, PASSWORD);
  await tab.press("Create account");
  await tab.is("signed_in");
  return email;
}

/** A new account, signed in in this tab. */
export async function signUp(tab: Tab): Promise<string> {
  await tab.open("/sign-up");
  return enterAsNew(tab);
}

/** Three tokens live and die while a field holds half a password, which stays. */
export async function outlivesTokens(tab: Tab, site: Site): Promise<void> {
  await signUp(tab);
  await openDevices(tab, 1);
  await tab.follow(/Account of/);
  await tab.fill("Current password", "half a password");
  await site.network.always("/api/refresh", { do: "nothing" }).happened(3);
  expect(await tab.value("Current password")).toBe("half a password");
  await tab.is("signed_in");
}

/** The form of the sign-in page, which is open. */
export async function enter(tab: Tab, email: string, password = PASSWORD): Promise<void> {
  await tab.fill("Email", email);
  await tab.fill(/^Password/, password);
  await tab.press("Sign in");
  await tab.is("signed_in");
}

export async function signIn(tab: Tab, email: string, password = PASSWORD): Promise<void> {
  await tab.open("/sign-in");
  await enter(tab, email, password);
}

/** By the link in the bar: where nothing outlives a page, to load one anew is to be signed out. */
export async function openDevices(tab: Tab, count: number): Promise<void> {
  await tab.follow("Devices");
  await tab.lists(count);
}
