import { expect, type Page } from "@playwright/test";

/** What every page says of the session. */
export class Session {
  constructor(private readonly page: Page) {}

  readonly status = () => this.page.getByTestId("session-status");

  /** The WASM has taken over. */
  async isReady(): Promise<void> {
    await expect(this.page.locator("html")).toHaveAttribute("data-hydrated", "true");
  }

  async isSignedIn(): Promise<void> {
    await expect(this.status()).toHaveAttribute("data-status", "signed_in");
  }

  async isSignedOut(): Promise<void> {
    await expect(this.status()).toHaveAttribute("data-status", "signed_out");
  }

  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out", exact: true }).click();
  }

  /** The same, until the server has heard of it and its reply has cleared the jar: a page asked for before is still drawn. */
  async signOutFully(): Promise<void> {
    const heard = this.page.waitForResponse((response) => response.url().endsWith("/api/sign_out") && response.ok());
    await this.signOut();
    await heard;
    await this.isSignedOut();
  }

  /** Counts the calls of refresh from now on. */
  countRefreshes(): () => number {
    let count = 0;
    this.page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/api/refresh") count += 1;
    });
    return () => count;
  }
}
