import type { Page } from "@playwright/test";

import { Session } from "./session";

export class AccountPage {
  constructor(private readonly page: Page) {}

  readonly current = () => this.page.getByLabel("Current password");
  readonly replacement = () => this.page.getByLabel("New password");

  async open(): Promise<void> {
    await this.page.goto("/account");
    await new Session(this.page).isReady();
  }

  async changePassword(current: string, replacement: string): Promise<void> {
    await this.current().fill(current);
    await this.replacement().fill(replacement);
    await this.page.getByRole("button", { name: "Change password" }).click();
  }
}
