import type { Page } from "@playwright/test";

import { Session } from "./session";

export class DevicesPage {
  constructor(private readonly page: Page) {}

  readonly list = () => this.page.getByRole("list", { name: "Devices" });
  readonly rows = () => this.list().getByRole("listitem");
  readonly current = () => this.rows().filter({ hasText: "This device" });
  readonly others = () => this.rows().filter({ hasNotText: "This device" });
  readonly dialog = () => this.page.getByRole("dialog");

  async open(): Promise<void> {
    await this.page.goto("/devices");
    await new Session(this.page).isReady();
    await this.list().waitFor();
  }

  async rename(name: string): Promise<void> {
    await this.current().getByRole("button", { name: /^Rename/ }).click();
    await this.page.getByLabel("Device name").fill(name);
    await this.page.getByRole("button", { name: "Save" }).click();
  }

  async signOutFirstOther(): Promise<void> {
    await this.others().first().getByRole("button", { name: /^Sign out/ }).click();
  }

  async askToSignOutAllOthers(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out all other devices" }).click();
  }
}
