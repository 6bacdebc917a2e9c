// An application of somebody else's on the kit: examples/notes, which is the template too.
import { readFileSync } from "node:fs";

import { expect, test } from "../fixtures";

test.use({ app: "notes" });

test("notes: the way in, one's own page, and a list that is live on every device", async ({ device, other }) => {
  const { page } = device;
  await page.goto("/");
  await expect(page).toHaveURL(/sign-in/);
  const email = await device.withAccount();
  await page.goto("/");
  await expect(page).toHaveTitle("My notes – Notes");
  await expect(page.getByRole("listitem").filter({ hasText: "Welcome, Ann Lee." })).toBeVisible();

  await other.joining(email);
  await other.page.goto("/");
  await other.session.isReady();
  await page.getByLabel("New note").fill("Buy milk");
  await page.getByRole("button", { name: "Add" }).click();

  await expect(page.getByRole("listitem").filter({ hasText: "Buy milk" })).toBeVisible();
  await expect(other.page.getByRole("listitem").filter({ hasText: "Buy milk" })).toBeVisible();
});

test("notes: what can't be is refused in words, and a file comes through the token", async ({ device }) => {
  const { page } = device;
  await device.withAccount();
  await page.goto("/");
  await device.session.isReady();
  await page.getByLabel("New note").fill("   ");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("alert")).toBeVisible();

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe("notes.csv");
  expect(readFileSync(await file.path(), "utf8")).toBe('"Welcome, Ann Lee."\n');
});

test("notes: however often the page is left, its stream is given back, and the app answers", async ({ device }) => {
  const { page } = device;
  await device.withAccount();
  await page.goto("/");
  await device.session.isReady();
  for (let visit = 0; visit < 8; visit += 1) {
    await page.getByRole("link", { name: "Devices" }).click();
    await device.devices.list().waitFor();
    await page.getByRole("link", { name: "Notes" }).click();
    await expect(page.getByRole("listitem").filter({ hasText: "Welcome, Ann Lee." })).toBeVisible();
  }
  await page.getByLabel("New note").fill("Still here");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Still here" })).toBeVisible();
});

test("notes: a page for admins is there with the role, and with it alone", async ({ device, server }) => {
  const { page } = device;
  const email = await device.withAccount();
  await page.goto("/totals");
  await expect(page.getByRole("heading", { name: "Totals" })).toBeHidden();

  server.command("user", "grant", email, "admin");
  await expect(page.getByRole("link", { name: "Totals" })).toBeVisible();
  await expect(page.getByRole("row", { name: `${email} 1` })).toBeVisible();

  server.command("user", "revoke-role", email, "admin");
  await expect(page.getByRole("heading", { name: "Totals" })).toBeHidden();
});

test("notes: its list ends with the session, and Tabkey's pages have its name and its colour", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await other.page.goto("/");
  await other.session.isReady();

  await device.devices.open();
  await expect(device.page).toHaveTitle("Devices – Notes");
  await device.devices.signOutFirstOther();

  await other.session.isSignedOut();
  await expect(other.page).toHaveURL(/sign-in/);
  const button = other.page.getByRole("button", { name: "Sign in" }).first();
  await expect(button).toHaveCSS("background-color", "rgb(138, 59, 18)");
  await other.page.goto("/dev/parts?theme=dark");
  await expect(button).toHaveCSS("background-color", "rgb(242, 169, 126)");
});
