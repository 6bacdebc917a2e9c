import { expect, PASSWORD, test } from "../fixtures";

test("a blocked account's open page goes dark by itself, and comes back when it is let in", async ({
  device,
  other,
  server,
}) => {
  await device.asAdmin(server);
  const email = await other.withAccount();
  const listening = other.page.waitForResponse((response) => response.url().endsWith("/api/events"));
  await other.devices.open();
  await listening;
  await device.admin.openAccount(email);

  await device.admin.press("Block");
  await expect(device.admin.said("Blocked. One device was signed out.")).toBeVisible();

  await other.session.isSignedOut();
  await expect(other.page.getByText(/this account is blocked/)).toBeVisible();
  await expect(device.page.getByRole("heading", { level: 1 })).toContainText("Blocked");

  await device.admin.press("Unblock");
  await expect(device.admin.said("Unblocked")).toBeVisible();
  await other.signIn.submit(email, PASSWORD);
  await other.session.isSignedIn();
});

test("signing out everywhere, and asking to sign in again, reach the other's open pages", async ({
  device,
  other,
  server,
}) => {
  await device.asAdmin(server);
  const email = await other.withAccount();
  await device.admin.openAccount(email);

  await device.admin.press("Ask to sign in again");
  await expect(device.admin.said("Every device has to sign in again")).toBeVisible();
  await other.page.reload();
  await other.page.goto("/devices");
  await expect(other.page.getByText(/it is time to sign in again/)).toBeVisible();
  await other.signIn.submit(email, PASSWORD);
  await other.session.isSignedIn();

  await device.admin.press("Sign out everywhere");
  await expect(device.admin.said(/signed out/)).toBeVisible();
  await other.page.goto("/devices");
  await expect(other.signIn.heading()).toBeVisible();
});

test("a role that is given opens the admin's pages within a second, and closes them when it is taken", async ({
  device,
  other,
  server,
}) => {
  const mine = await device.asAdmin(server);
  const email = await other.withAccount();
  await expect(other.admin.link()).toHaveCount(0);
  await device.admin.openAccount(email);

  await device.admin.give("admin");
  await expect(device.admin.roles()).toHaveCount(1);
  await expect(other.admin.link()).toBeVisible();
  await other.admin.link().click();
  await expect(other.page.getByRole("heading", { name: "Accounts", level: 1 })).toBeVisible();

  await device.admin.press("Take admin away");
  await expect(device.admin.roles()).toHaveCount(0);
  await expect(other.page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  await expect(other.admin.link()).toHaveCount(0);

  await device.admin.openAccount(mine);
  await expect(device.page.getByRole("button", { name: "Block" })).toHaveCount(0);
  await device.admin.give("Not a role");
  await expect(device.page.getByLabel("Another role")).toHaveAccessibleDescription(/can’t be used/);
});

test("found-again: accounts are found, sorted and opened, and the address keeps what was asked", async ({ device, other, server }) => {
  await device.asAdmin(server);
  const email = await other.withAccount();
  await device.admin.open();

  await device.admin.search(email.toUpperCase());
  await expect(device.admin.rows()).toHaveCount(1);
  await expect(device.admin.rows()).toContainText(email);
  await expect(device.admin.said("1 account")).toBeVisible();
  await device.page.getByLabel("Sort by").selectOption("last_used");
  await device.page.getByRole("button", { name: "Show" }).click();
  await expect(device.page).toHaveURL(/search=.*&sort=last_used/);
  await device.page.reload();
  await device.session.isReady();
  await expect(device.admin.rows()).toHaveCount(1);
  await expect(device.page.getByLabel("Name or email begins with")).toHaveValue(email.toUpperCase());
  await expect(device.page.getByLabel("Sort by")).toHaveValue("last_used");

  await device.admin.search("nobody has this name");
  await expect(device.admin.said("No account is like that.")).toBeVisible();
});

test("who is here, and how busy it is, is live", async ({ device, other, server }) => {
  await device.asAdmin(server);
  await device.admin.open();
  await expect(device.admin.chart()).toBeVisible();
  const before = Number(await device.admin.sessions().innerText());

  await other.withAccount();

  await expect(device.admin.sessions()).toHaveText(String(before + 1));
  expect(Number(await device.admin.online().innerText())).toBeGreaterThan(1);
});

test("the log says who did it, and is filtered", async ({ device, other, server }) => {
  const mine = await device.asAdmin(server);
  const email = await other.withAccount();
  await device.admin.openAccount(email);
  await device.admin.give("clerk");
  await expect(device.admin.lines().first()).toContainText("Role given: clerk");
  await expect(device.admin.lines().first()).toContainText(mine);

  await device.page.getByRole("link", { name: "Log" }).click();
  await expect(device.admin.lines().first()).toContainText("Role given: clerk");
  await device.page.getByLabel("What", { exact: true }).selectOption("signed_up");
  await device.page.getByLabel("Account’s email").fill(email);
  await device.page.keyboard.press("Enter");
  await expect(device.admin.lines()).toHaveCount(1);
  await expect(device.admin.lines()).toContainText("Signed up");
  await expect(device.page).toHaveURL(/kind=signed_up&user=/);
});

test("for everybody else the admin's pages are not there", async ({ device }) => {
  await device.withAccount();
  await expect(device.admin.link()).toHaveCount(0);

  for (const path of ["/admin", "/admin/log"]) {
    const reply = await device.page.goto(path);
    expect(reply?.status()).toBe(404);
    await expect(device.page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  }
});

test("back: a field shows what was asked, not what was typed since", async ({ device, server }) => {
  await device.asAdmin(server);
  await device.admin.open();
  const search = device.page.getByLabel("Name or email begins with");

  await device.admin.search("nobody");
  await expect(device.page).toHaveURL(/search=nobody/);
  await device.page.goBack();

  await expect(device.page).not.toHaveURL(/search=nobody/);
  await expect(search).toHaveValue("");
});
