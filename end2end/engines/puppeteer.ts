import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import puppeteer, { type Browser as Driver, type BrowserContext, type ElementHandle, type Page } from "puppeteer-core";

import type { Browser, Engine, Kind } from "./engine";
import { find, type Wanted } from "./find";
import { Tab } from "./tab";

/** Chromium by its own protocol, Firefox by WebDriver BiDi. */
export class Puppeteer implements Engine {
  private driver: Promise<Driver> | null = null;
  private readonly others: Driver[] = [];

  constructor(
    readonly name: "chromium" | "firefox",
    private readonly site: string,
  ) {}

  /** A process of its own only where it needs other settings. */
  async browser(kind: Kind = "ordinary"): Promise<Browser> {
    if (kind !== "ordinary") {
      const driver = await launch(this.name, kind);
      this.others.push(driver);
      return new Windows(driver.defaultBrowserContext(), this.site);
    }
    return new Windows(await (await this.running()).createBrowserContext(), this.site);
  }

  async errors(url: string, until: Promise<unknown>): Promise<string[]> {
    const context = await (await this.running()).createBrowserContext();
    const page = await context.newPage();
    const found: string[] = [];
    page.on("console", (message) => message.type() === "error" && found.push(message.text()));
    page.on("pageerror", (error) => found.push(String(error)));
    await page.goto(url);
    await until;
    await context.close();
    return found;
  }

  private running(): Promise<Driver> {
    return (this.driver ??= launch(this.name, "ordinary"));
  }

  async close(): Promise<void> {
    await Promise.all([this.driver, ...this.others].map(async (driver) => end(await driver)));
  }
}

async function launch(name: "chromium" | "firefox", kind: Kind): Promise<Driver> {
  const common = { headless: true, acceptInsecureCerts: true, protocolTimeout: 60_000 } as const;
  if (name === "firefox") {
    const prefs: Record<string, unknown> = {
      private: { "browser.privatebrowsing.autostart": true },
      "without cookies": { "network.cookie.cookieBehavior": 2 },
      guarded: { "privacy.resistFingerprinting": true },
      ordinary: {},
    }[kind];
    const executablePath = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
    return puppeteer.launch({ ...common, browser: "firefox", executablePath, extraPrefsFirefox: prefs });
  }
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  if (kind === "private") args.push("--incognito");
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const userDataDir = kind === "without cookies" ? profileWithoutCookies() : undefined;
  return puppeteer.launch({ ...common, executablePath, args, userDataDir });
}

/** As chosen in the settings. */
function profileWithoutCookies(): string {
  const folder = mkdtempSync(join(tmpdir(), "tabkey-chromium-"));
  mkdirSync(join(folder, "Default"));
  const chosen = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(folder, "Default", "Preferences"), JSON.stringify(chosen));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Never waits for one that does not answer. */
async function end(driver: Driver | null): Promise<void> {
  if (!driver) return;
  const child = driver.process();
  const late = setTimeout(() => child?.kill("SIGKILL"), 5_000);
  await driver.close().catch(() => child?.kill("SIGKILL"));
  clearTimeout(late);
}

class Windows implements Browser {
  constructor(
    private readonly context: BrowserContext,
    private readonly site: string,
  ) {}

  async tab(): Promise<Tab> {
    return new PuppeteerTab(await this.context.newPage({ type: "window" }), this.site);
  }

  async close(): Promise<void> {
    await Promise.all((await this.context.pages()).map((page) => page.close().catch(() => undefined)));
    if (this.context.id) await this.context.close().catch(() => undefined);
  }
}

class PuppeteerTab extends Tab {
  constructor(
    private readonly page: Page,
    site: string,
  ) {
    super(site);
  }

  protected async go(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: "domcontentloaded" });
  }

  run<A extends unknown[], T>(f: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
    return this.page.evaluate(f as never, ...(args as never)) as Promise<T>;
  }

  protected async element(wanted: Wanted) {
    const handle = (await this.page.evaluateHandle(find, wanted)).asElement() as ElementHandle<HTMLInputElement> | null;
    if (!handle) return null;
    return {
      press: () => handle.click(),
      type: async (text: string) => {
        await handle.evaluate((input) => input.select());
        if (text) await handle.type(text);
        else await handle.press("Backspace");
      },
    };
  }

  async close(): Promise<void> {
    await this.page.close({ runBeforeUnload: true });
  }
}
