import type { Page } from "@playwright/test";

/** The dialog that asks for the password, so that the session goes on. */
export class ContinueDialog {
  constructor(private readonly page: Page) {}

  readonly dialog = () => this.page.getByRole("dialog", { name: "Enter your password to go on" });
  readonly password = () => this.dialog().getByLabel("Password", { exact: true });
  readonly notNow = () => this.dialog().getByRole("button", { name: "Not now" });
  readonly signOut = () => this.dialog().getByRole("button", { name: "Sign out now" });

  async submit(password: string): Promise<void> {
    await this.password().fill(password);
    await this.dialog().getByRole("button", { name: "Go on" }).click();
  }
}
