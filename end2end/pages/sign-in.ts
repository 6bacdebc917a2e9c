import type { Page } from "@playwright/test";

import { Session } from "./session";

export class SignInPage {
  constructor(private readonly page: Page) {}

  readonly heading = () => this.page.getByRole("heading", { name: "Sign in", level: 1 });
  readonly email = () => this.page.getByLabel("Email");
  readonly password = () => this.page.getByLabel("Password");
  readonly shared = () => this.page.getByRole("checkbox", { name: "This is a shared computer" });
  readonly button = () => this.page.getByRole("button", { name: "Sign in" });

  async open(query = ""): Promise<void> {
    await this.page.goto(`/sign-in${query}`);
    await new Session(this.page).isReady();
  }

  async submit(email: string, password: string): Promise<void> {
    await this.email().fill(email);
    await this.password().fill(password);
    await this.button().click();
  }
}
