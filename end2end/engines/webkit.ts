import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { expect } from "@playwright/test";

import { end, start } from "./children";
import type { Browser, Engine, Kind } from "./engine";
import { find, type Wanted } from "./find";
import { Tab } from "./tab";

const LIBRARIES = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

/** WebKitGTK's own small browser, on a display that nobody sees. */
export class WebKit implements Engine {
  readonly name = "webkit";
  private display: Promise<Display> | null = null;
  private readonly started: Session[] = [];

  constructor(private readonly site: string) {}

  async browser(kind: Kind = "ordinary"): Promise<Browser> {
    const session = await Session.start((await this.shown()).environment, kind, this.site);
    this.started.push(session);
    return session;
  }

  /** The driver tells nothing of the console; the browser by itself does. */
  async errors(url: string, until: Promise<unknown>): Promise<string[]> {
    // A private one is silent.
    const args = ["--ignore-tls-errors", "--enable-write-console-messages-to-stdout=true", url];
    const env = (await this.shown()).environment;
    const child = start(miniBrowser(), args, { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => (said += chunk));
    await until;
    end(child);
    return said.split("\n").filter((line) => /CONSOLE .*ERROR/.test(line));
  }

  private shown(): Promise<Display> {
    return (this.display ??= Display.open());
  }

  async close(): Promise<void> {
    await Promise.all(this.started.map((session) => session.close()));
    (await this.display)?.close();
  }
}

/** Where what must be seen is seen: every window is visible. */
export class Display {
  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
    private readonly name: string,
  ) {}

  static async open(): Promise<Display> {
    const child = start("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const [number] = await once(child.stdio[3] as Readable, "data");
    return new Display(child, mkdtempSync(join(tmpdir(), "tabkey-webkit-")), `:${String(number).trim()}`);
  }

  /** Of programs on it, which keep nothing in the folder of who runs the tests. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, HOME: this.home, XDG_RUNTIME_DIR: this.home, DISPLAY: this.name, GDK_BACKEND: "x11" };
  }

  close(): void {
    end(this.child);
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Debian's architecture is part of the path. */
export function miniBrowser(): string {
  if (process.env.MINIBROWSER) return process.env.MINIBROWSER;
  const folder = readdirSync(LIBRARIES).filter((name) => name.startsWith("webkit2gtk-")).sort().pop();
  return join(LIBRARIES, folder ?? "", "MiniBrowser");
}

/** A driver and its one browser, spoken to as W3C WebDriver says. */
class Session implements Browser {
  private isFirst = true;
  private chosen = "";
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly driver: ChildProcess,
    private readonly site: string,
    private readonly url: string,
  ) {}

  /** The driver sometimes never answers that its browser is up, of which no page of ours has a part: then another one is asked. */
  static async start(env: NodeJS.ProcessEnv, kind: Kind, site: string): Promise<Session> {
    for (let left = 3; ; left -= 1) {
      try {
        return await Session.startOne(env, kind, site);
      } catch (error) {
        if (left <= 1) throw error;
      }
    }
  }

  private static async startOne(env: NodeJS.ProcessEnv, kind: Kind, site: string): Promise<Session> {
    const port = await freePort();
    const driver = start("WebKitWebDriver", [`--port=${port}`], { env, stdio: "ignore" });
    const session = new Session(driver, site, `http://127.0.0.1:${port}`);
    const args = ["--automation"];
    if (kind === "private") args.push("--private");
    if (kind === "without cookies") args.push("--cookies-policy=never");
    const options = { binary: miniBrowser(), args };
    // A script whose page is left meanwhile is answered only then.
    const timeouts = { script: 3_000 };
    // The driver may wait for good for a page that it has seen coming: the tab looks for itself.
    const wanted = { acceptInsecureCerts: true, pageLoadStrategy: "none", timeouts, "webkitgtk:browserOptions": options };
    const isUp = () => fetch(`${session.url}/status`).then((answer) => answer.ok, () => false);
    try {
      await expect.poll(isUp, { intervals: [20, 50] }).toBe(true);
      const { sessionId } = await session.call<{ sessionId: string }>("POST", "/session", { capabilities: { alwaysMatch: wanted } });
      return new Session(driver, site, `${session.url}/session/${sessionId}`);
    } catch (error) {
      end(driver);
      throw error;
    }
  }

  async tab(): Promise<Tab> {
    if (this.isFirst) {
      this.isFirst = false;
      return new WebDriverTab(this, await this.call("GET", "/window"), this.site);
    }
    const { handle } = await this.call<{ handle: string }>("POST", "/window/new", { type: "window" });
    return new WebDriverTab(this, handle, this.site);
  }

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(40_000),
    });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (!answer.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** The driver does one thing after another, in the window that was chosen last. */
  in<T>(window: string, act: () => Promise<T>): Promise<T> {
    const done = this.turn.then(async () => {
      if (this.chosen !== window) await this.call("POST", "/window", { handle: window });
      this.chosen = window;
      return act();
    });
    this.turn = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    end(this.driver);
  }
}

/** The key under which an element is passed (W3C WebDriver §12.1). */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** The key that clears (§17.4.2 has no command that a page hears of). */
const BACKSPACE = "\uE003";

class WebDriverTab extends Tab {
  constructor(
    private readonly session: Session,
    private readonly window: string,
    site: string,
  ) {
    super(site);
  }

  protected async go(url: string): Promise<void> {
    const leave = () => this.leave(() => this.post("/url", { url }));
    // A browser that is still opening may drop it.
    await leave().catch(leave);
  }

  async run<A extends unknown[], T>(f: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${f})(...[...arguments].slice(0, -1)))
        .then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value, error } = await this.post<{ value: T; error?: string }>("/execute/async", { script, args });
    if (error) throw new Error(error);
    return value;
  }

  protected async element(wanted: Wanted) {
    const found = await this.run<[Wanted], { [ELEMENT]: string } | null>(find as never, wanted);
    if (!found) return null;
    const path = `/element/${found[ELEMENT]}`;
    return {
      press: () => this.post<void>(`${path}/click`, {}),
      type: async (text: string) => {
        await this.run((input: HTMLInputElement) => (input.focus(), input.select()), found as never);
        await this.post<void>(`${path}/value`, { text: text || BACKSPACE });
      },
    };
  }

  async close(): Promise<void> {
    await this.session.in(this.window, () => this.session.call("DELETE", "/window"));
  }

  private post<T>(path: string, body: object): Promise<T> {
    return this.session.in(this.window, () => this.session.call<T>("POST", path, body));
  }
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as AddressInfo;
      listener.close(() => found(port));
    });
  });
}
