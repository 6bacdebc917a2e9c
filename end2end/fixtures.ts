import { expect, test as base, type Browser, type BrowserContext, type Page } from "@playwright/test";

import { AccountPage } from "./pages/account";
import { AdminPage } from "./pages/admin";
import { DevicesPage } from "./pages/devices";
import { Session } from "./pages/session";
import { SignInPage } from "./pages/sign-in";
import { SignUpPage } from "./pages/sign-up";
import { StepUpDialog } from "./pages/step-up";
import { Proxy } from "./proxy";
import { type App, GIVEN, Server } from "./server";

export const PASSWORD = "seven green lamps sing";

let accounts = 0;

/** An address that no other test uses. */
export function newEmail(): string {
  accounts += 1;
  return `ann.${process.pid}.${Date.now()}.${accounts}@example.org`;
}

/** One device: a browser context of its own, with one tab. */
export class Device {
  readonly session: Session;
  readonly signIn: SignInPage;
  readonly signUp: SignUpPage;
  readonly devices: DevicesPage;
  readonly account: AccountPage;
  readonly stepUp: StepUpDialog;
  readonly admin: AdminPage;

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    this.session = new Session(page);
    this.signIn = new SignInPage(page);
    this.signUp = new SignUpPage(page);
    this.devices = new DevicesPage(page);
    this.account = new AccountPage(page);
    this.stepUp = new StepUpDialog(page);
    this.admin = new AdminPage(page);
  }

  /** A new account, signed in on this device. */
  async withAccount(): Promise<string> {
    const email = newEmail();
    await this.signUp.open();
    await this.signUp.submit("Ann Lee", email, PASSWORD);
    await this.session.isSignedIn();
    return email;
  }

  /** A new account on this device, made an admin: the role comes by itself, without a reload or a sign-out. */
  async asAdmin(server: Server): Promise<string> {
    const email = await this.withAccount();
    server.command("user", "grant", email, "admin");
    await expect(this.admin.link()).toBeVisible();
    return email;
  }

  /** The same account on this device too. */
  async joining(email: string): Promise<void> {
    await this.signIn.open();
    await this.signIn.submit(email, PASSWORD);
    await this.session.isSignedIn();
  }
}

interface Options {
  /** Environment variables of the server of this file's tests. */
  settings: Record<string, string>;
  /** Which application it serves. */
  app: App;
}

interface Fixtures {
  device: Device;
  other: Device;
  /** What stands between the server and `distant`. */
  network: Proxy;
  /** A device that reaches the server through `network` only. */
  distant: Device;
  /** Skips what the given server is not set up for. */
  suitable: void;
}

/** Whoever starts the server of `E2E_URL` gives it the variables that this process has, too. */
function isSuitable(settings: Record<string, string>): boolean {
  return !GIVEN || Object.entries(settings).every(([name, value]) => process.env[name] === value);
}

async function newDevice(browser: Browser, to: { url: string }): Promise<Device> {
  const context = await browser.newContext({ baseURL: to.url });
  return new Device(context, await context.newPage());
}

/** Chromium never answers where a context is disposed of while a page of it is on its way to another: they go nowhere first. */
export async function close(context: BrowserContext): Promise<void> {
  await Promise.all(context.pages().map((page) => page.goto("about:blank").catch(() => undefined)));
  await context.close();
}

export const test = base.extend<Fixtures, Options & { server: Server }>({
  settings: [{}, { option: true, scope: "worker" }],
  app: ["tabkey", { option: true, scope: "worker" }],
  server: [
    async ({ settings, app }, use) => {
      const server = GIVEN ? Server.given(GIVEN) : await Server.start(settings, app);
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  suitable: [
    async ({ settings, app }, use, test) => {
      test.skip(GIVEN !== undefined && app !== "tabkey", `the server at E2E_URL is not ${app}`);
      test.skip(!isSuitable(settings), `the server at E2E_URL was started without ${JSON.stringify(settings)}`);
      await use();
    },
    { auto: true },
  ],
  device: async ({ browser, server }, use) => {
    const device = await newDevice(browser, server);
    await use(device);
    await close(device.context);
  },
  other: async ({ browser, server }, use) => {
    const device = await newDevice(browser, server);
    await use(device);
    await close(device.context);
  },
  network: async ({ server }, use) => {
    const proxy = await Proxy.before(server.url);
    await use(proxy);
    await proxy.stop();
  },
  distant: async ({ browser, network }, use) => {
    const device = await newDevice(browser, network);
    await use(device);
    await close(device.context);
  },
});

export { expect } from "@playwright/test";
