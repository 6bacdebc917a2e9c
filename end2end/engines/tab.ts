import { expect } from "@playwright/test";

import { find, type Kind, type Wanted } from "./find";

/** The status that every page shows of the session. */
export type Status = "unknown" | "signed_in" | "signed_out";

/** What somebody sees who looks at an element. */
export interface Element {
  press(): Promise<void>;
  /** In the place of what was there. */
  type(text: string): Promise<void>;
}

/** One tab of any engine: a handful of primitives of its driver, and the verbs that are made of them. */
export abstract class Tab {
  constructor(readonly site: string) {}

  /** As if the address had been typed. */
  protected abstract go(url: string): Promise<void>;
  /** Runs a function of its own (it sees nothing of ours) in the page; arguments and result are JSON. */
  abstract run<A extends unknown[], T>(f: (...args: A) => T | Promise<T>, ...args: A): Promise<T>;
  protected abstract element(wanted: Wanted): Promise<Element | null>;
  /** As a person does, so that the page hears of it. */
  abstract close(): Promise<void>;

  /** A path of the site, or any address; until the page is alive. */
  async open(path: string): Promise<void> {
    await this.go(new URL(path, this.site).href);
    await this.isAlive();
  }

  /** A page that is not of this app. */
  async visit(url: string): Promise<void> {
    await this.go(url);
  }

  /** Another document is there then, alive or not. */
  async reload(): Promise<void> {
    await this.leave(() => this.run(() => location.reload()).catch(() => undefined));
  }

  async back(): Promise<void> {
    await this.leave(() => this.run(() => history.back()).catch(() => undefined));
  }

  async isAlive(): Promise<void> {
    await this.comes(() => this.run(() => document.documentElement.dataset.hydrated ?? ""), "true");
  }

  async fill(label: string | RegExp, text: string): Promise<void> {
    await (await this.wanted("field", label)).type(text);
  }

  async press(name: string | RegExp): Promise<void> {
    await (await this.wanted("button", name)).press();
  }

  async follow(name: string | RegExp): Promise<void> {
    await (await this.wanted("link", name)).press();
  }

  /** This device, in the list. */
  async rename(name: string): Promise<void> {
    await this.press(/^Rename/);
    await this.fill("Device name", name);
    await this.press("Save");
  }

  async value(label: string | RegExp): Promise<string> {
    return this.run(find<string>, { ...wanted("field", label), read: "value" });
  }

  /** Somewhere on the page, to be seen. */
  async says(words: string | RegExp, timeout?: number): Promise<void> {
    const text = () => this.text();
    await this.comes(text, words instanceof RegExp ? expect.stringMatching(words) : expect.stringContaining(words), timeout);
  }

  async saysNot(words: string): Promise<void> {
    await this.comes(() => this.text(), expect.not.stringContaining(words));
  }

  /** The path, with its query. */
  async isAt(path: string, timeout?: number): Promise<void> {
    await this.comes(() => this.run(() => location.pathname + location.search), path, timeout);
  }

  async is(status: Status, timeout?: number): Promise<void> {
    await this.comes(() => this.status(), status, timeout);
  }

  async status(): Promise<string> {
    return this.run(() => document.querySelector<HTMLElement>("[data-testid=session-status]")?.dataset.status ?? "");
  }

  /** How many devices the list shows. */
  async lists(devices: number, timeout?: number): Promise<void> {
    await this.comes(() => this.run(() => document.querySelectorAll("[aria-label=Devices] > li").length), devices, timeout);
  }

  async text(): Promise<string> {
    return this.run(() => (document.body?.innerText ?? "").replace(/\s+/g, " "));
  }

  /** A page that is on its way cannot be asked: it is asked again. */
  async comes(read: () => Promise<unknown>, expected: unknown, timeout = 20_000): Promise<void> {
    const value = () => read().catch((error: Error) => `no answer: ${error.message}`);
    await expect.poll(value, { timeout, intervals: [50, 100, 200] }).toEqual(expected);
  }

  private async wanted(kind: Kind, name: string | RegExp): Promise<Element> {
    let found: Element | null = null;
    const look = async () => Boolean((found = await this.element(wanted(kind, name))));
    await expect.poll(() => look().catch(() => false), { timeout: 20_000, message: `a ${kind} “${name}”` }).toBe(true);
    return found!;
  }

  /** Until the page on which this is done has made room for another. */
  protected async leave(how: () => Promise<unknown>): Promise<void> {
    await this.run(() => void (document.documentElement.dataset.left = "true"));
    await how();
    const isAnother = () => this.run(() => document.readyState !== "loading" && !document.documentElement.dataset.left);
    await this.comes(isAnother, true);
  }
}

function wanted(kind: Kind, name: string | RegExp): Wanted {
  const escaped = (text: string) => `^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
  return { kind, name: typeof name === "string" ? escaped(name) : name.source };
}
