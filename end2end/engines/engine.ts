import type { Tab } from "./tab";

/** What a person may have chosen; `guarded` is Firefox's resistance to fingerprinting. */
export type Kind = "ordinary" | "private" | "without cookies" | "guarded";

/** An engine that runs; `browser` gives one with cookies of its own. */
export interface Engine {
  readonly name: "chromium" | "firefox" | "webkit";
  browser(kind?: Kind): Promise<Browser>;
  /** The errors in the console of a new browser that opens this address, until then. */
  errors(url: string, until: Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

/** One jar of cookies, and the windows that share it; each tab is a window, so that all are looked at. */
export interface Browser {
  tab(): Promise<Tab>;
  close(): Promise<void>;
}
