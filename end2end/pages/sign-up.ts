import type { Page } from "@playwright/test";

import { Session } from "./session";

export class SignUpPage {
  constructor(private readonly page: Page) {}

  readonly name = () => this.page.getByLabel("Name");
  readonly email = () => this.page.getByLabel("Email");
  readonly password = () => this.page.getByLabel("Password");
  readonly button = () => this.page.getByRole("button", { name: "Create account" });

  async open(query = ""): Promise<void> {
    await this.page.goto(`/sign-up${query}`);
    await new Session(this.page).isReady();
  }

  async submit(name: string, email: string, password: string): Promise<void> {
    await this.name().fill(name);
    await this.email().fill(email);
    await this.password().fill(password);
    await this.button().click();
  }
}
