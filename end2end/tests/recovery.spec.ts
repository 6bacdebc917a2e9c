import { close, Device, expect, PASSWORD, test } from "../fixtures";
import { Outbox } from "../pages/outbox";

const NEW_PASSWORD = "eight blue doors hum";

/** The path of a link in a mail: the server's public address may be another one than the test's. */
function path(link: string): string {
  const { pathname, search } = new URL(link);
  return pathname + search;
}

async function openLink(device: Device, to: string, subject: string): Promise<void> {
  await device.page.goto(path(await new Outbox(device.page).link(to, subject)));
  await device.session.isReady();
}

test("a forgotten password is replaced by mail, and the other device goes dark", async ({ device, other }) => {
  const email = await other.withAccount();
  await other.devices.open();

  await device.signIn.open();
  await device.page.getByRole("link", { name: "Forgotten your password?" }).click();
  await device.page.getByLabel("Email").fill(email);
  await device.page.getByRole("button", { name: "Send the link" }).click();
  await expect(device.page.getByRole("main").getByRole("status")).toContainText("If there is an account with this address");
  await openLink(device, email, "Choose a new password");
  await device.page.getByLabel("New password").fill("short");
  await device.page.getByRole("button", { name: "Change password" }).click();
  await expect(device.page.getByText("That is too short")).toBeVisible();
  await device.page.getByLabel("New password").fill(NEW_PASSWORD);
  await device.page.getByRole("button", { name: "Change password" }).click();
  await expect(device.page.getByRole("main").getByRole("status")).toContainText("Your password is changed");

  await other.session.isSignedOut();
  await expect(other.page.getByText("Signed out because your password was changed")).toBeVisible();
  await device.page.getByRole("link", { name: "Sign in" }).last().click();
  await device.signIn.submit(email, NEW_PASSWORD);
  await device.session.isSignedIn();

  // The same link once more.
  await openLink(other, email, "Choose a new password");
  await other.page.getByLabel("New password").fill(NEW_PASSWORD);
  await other.page.getByRole("button", { name: "Change password" }).click();
  await expect(other.page.getByRole("main").getByRole("alert")).toContainText("This link has been used already");
  await other.page.getByRole("link", { name: "Ask for another one" }).click();
  await expect(other.page).toHaveURL("/forgot-password");
});

test("an address is confirmed, changed, and taken back", async ({ device, other }) => {
  const email = await device.withAccount();
  const next = `new.${email}`;
  await device.account.open();
  await expect(device.page.getByText("Your address is not confirmed yet")).toBeVisible();
  await openLink(other, email, "Confirm your email address");
  await other.page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(other.page.getByRole("main").getByRole("status")).toContainText("Your address is confirmed.");
  await device.page.reload();
  await expect(device.page.getByText("Your address is not confirmed yet")).toHaveCount(0);

  await device.page.getByLabel("New email").fill(next);
  await device.page.getByRole("button", { name: "Change email" }).click();
  await expect(device.page.getByText(`A mail is on its way to ${next}`)).toBeVisible();
  await openLink(other, next, "Confirm your new email address");
  await other.page.getByRole("button", { name: "Use this address" }).click();
  await expect(other.page.getByRole("main").getByRole("status")).toContainText("Your account has its new address.");
  await device.page.reload();
  await expect(device.page.getByText(next)).toBeVisible();

  await openLink(other, email, "Your email address was changed");
  await other.page.getByRole("button", { name: "Take it back" }).click();
  await expect(other.page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  await device.session.isSignedOut();
  await other.page.getByLabel("New password").fill(NEW_PASSWORD);
  await other.page.getByRole("button", { name: "Change password" }).click();
  await expect(other.page.getByRole("main").getByRole("status")).toContainText("Your password is changed");
  await device.signIn.submit(email, NEW_PASSWORD);
  await device.session.isSignedIn();
});

test("a new device is told of by mail, and disowned without signing in", async ({ browser, device, other, server }) => {
  const email = await device.withAccount();
  // Notices go to nobody who has not said that the address is theirs.
  await openLink(other, email, "Confirm your email address");
  await other.page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(other.page.getByRole("main").getByRole("status")).toContainText("Your address is confirmed.");
  const context = await browser.newContext({
    baseURL: server.url,
    userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  });
  const thief = new Device(context, await context.newPage());
  await thief.joining(email);
  await thief.devices.open();

  await openLink(other, email, "A new device signed in");
  await expect(thief.devices.current()).toBeVisible();
  await other.page.getByRole("button", { name: "Sign them out" }).click();

  await thief.session.isSignedOut();
  await expect(other.page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  await other.page.getByLabel("New password").fill(NEW_PASSWORD);
  await other.page.getByRole("button", { name: "Change password" }).click();
  await expect(other.page.getByRole("main").getByRole("status")).toContainText("Your password is changed");
  await close(context);
});

test("activity shows what happened, in words, and a line of it can be disowned", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await device.page.goto("/activity");
  await device.session.isReady();
  const lines = device.page.getByRole("list", { name: "Activity" }).getByRole("listitem");
  await expect(lines.first()).toContainText("Signed in");
  await expect(lines.last()).toContainText("Signed up");
  await expect(lines.last().getByRole("button")).toHaveCount(0);

  await lines.first().getByRole("button", { name: /^This wasn’t me/ }).click();
  await device.page.getByRole("dialog").getByRole("button", { name: "Sign them out" }).click();

  await expect(device.page.getByText("One device was signed out.")).toBeVisible();
  await other.session.isSignedOut();
  await device.session.isSignedIn();
});

test("a person takes a copy of their data, and lets the account go", async ({ device, other }) => {
  const email = await device.withAccount();
  await other.joining(email);
  await device.account.open();
  await device.page.getByRole("button", { name: "Make a copy of my data" }).click();
  const download = device.page.waitForEvent("download");
  await device.page.getByRole("link", { name: "save the file" }).click();
  const file = await (await download).createReadStream();
  const copy = JSON.parse((await file.toArray()).map(String).join("")) as { account: { email: string } };
  expect(copy.account.email).toBe(email);

  await device.page.getByRole("button", { name: "Delete my account" }).click();
  await device.page.getByRole("dialog").getByRole("button", { name: "Delete my account" }).click();

  await device.session.isSignedOut();
  await other.session.isSignedOut();
  await device.signIn.open();
  await device.signIn.submit(email, PASSWORD);
  await device.session.isSignedIn();
});
