import type { Page } from "@playwright/test";

/** The dialog that asks for the password once more. */
export class StepUpDialog {
  constructor(private readonly page: Page) {}

  readonly dialog = () => this.page.getByRole("dialog", { name: "Confirm that it is you" });
  readonly password = () => this.dialog().getByLabel("Password");

  async confirm(password: string): Promise<void> {
    await this.password().fill(password);
    await this.dialog().getByRole("button", { name: "Confirm" }).click();
  }

  async cancel(): Promise<void> {
    await this.dialog().getByRole("button", { name: "Cancel" }).click();
  }
}
