import { expect, type Page } from "@playwright/test";

import { Session } from "./session";

/** The list of accounts, one account, and the log. */
export class AdminPage {
  constructor(private readonly page: Page) {}

  readonly link = () => this.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" });
  readonly online = () => this.page.getByTestId("online");
  readonly sessions = () => this.page.getByTestId("sessions");
  readonly chart = () => this.page.getByRole("img", { name: /In the last 30 minutes/ });
  readonly rows = () => this.page.getByRole("table", { name: "Accounts" }).getByRole("rowheader");
  readonly lines = () => this.page.getByRole("table", { name: /^What happened|^The last lines/ }).locator("tbody tr");
  readonly roles = () => this.page.getByRole("list", { name: "Roles" }).getByRole("listitem");
  readonly said = (words: string | RegExp) => this.page.getByRole("status").filter({ hasText: words });

  async open(path = "/admin"): Promise<void> {
    await this.page.goto(path);
    await new Session(this.page).isReady();
  }

  async search(text: string): Promise<void> {
    await this.page.getByLabel("Name or email begins with").fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Opens the page of the account with this address. */
  async openAccount(email: string): Promise<void> {
    await this.open(`/admin?search=${encodeURIComponent(email)}`);
    await expect(this.rows()).toHaveCount(1);
    await this.rows().getByRole("link").click();
    await expect(this.page.getByRole("heading", { name: "Roles" })).toBeVisible();
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  async give(role: string): Promise<void> {
    await this.page.getByLabel("Another role").fill(role);
    await this.press("Give");
  }
}
