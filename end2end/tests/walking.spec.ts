import { expect, newEmail, PASSWORD, test } from "../fixtures";

test("a new person signs up, lands where they wanted to go, signs out and in again", async ({ device }) => {
  const { page, session, signIn, signUp } = device;
  const email = newEmail();

  await page.goto("/devices");
  await expect(page).toHaveURL("/sign-in?next=/devices");
  await session.isReady();
  await page.getByRole("link", { name: "Create an account" }).click();
  await signUp.submit("Ann Lee", email, PASSWORD);
  await expect(page).toHaveURL("/devices");
  await expect(page.getByRole("banner")).toContainText("Ann Lee");

  await session.signOutFully();
  await expect(page).toHaveURL("/sign-in");
  expect(await device.context.cookies()).toEqual([]);
  await expect(page.getByRole("alert")).toHaveCount(0);

  await signIn.submit(email, PASSWORD);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hello, Ann Lee");
});

test("next leads nowhere but into this site", async ({ device }) => {
  const email = await device.withAccount();
  await device.session.signOutFully();
  for (const next of ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"]) {
    await device.signIn.open(`?next=${encodeURIComponent(next)}`);
    await device.signIn.submit(email, PASSWORD);
    await expect(device.page).toHaveURL("/");
    await device.session.signOutFully();
  }
});

test("an address that is no page of the app is loaded from the server", async ({ device }) => {
  const email = await device.withAccount();
  await device.session.signOutFully();
  await device.signIn.open("?next=/healthz");
  await device.signIn.submit(email, PASSWORD);

  await expect(device.page).toHaveURL("/healthz");
  await expect(device.page.locator("body")).toContainText('"status":"ok"');
});

test("a link's token leaves the address at once, and a reload says what to do", async ({ device }) => {
  await device.page.goto("/reset-password?token=abc");

  await expect(device.page).toHaveURL("/reset-password");
  await expect(device.page.locator("input[name=token]")).toHaveValue("abc");
  await device.page.reload();
  await expect(device.page.getByText("Open the link in the mail again")).toBeVisible();
});

test("a shared computer gets cookies that end with the browser", async ({ device }) => {
  const email = await device.withAccount();
  await device.session.signOut();
  await expect(device.page).toHaveURL("/sign-in");

  await device.signIn.shared().check();
  await device.signIn.submit(email, PASSWORD);
  await device.session.isSignedIn();

  for (const cookie of await device.context.cookies()) expect(cookie.expires).toBe(-1);
});

test("what is wrong is said in words, next to the field, and focus goes there", async ({ device, other }) => {
  const taken = await other.withAccount();
  const { page, signUp } = device;
  await signUp.open();

  await signUp.button().click();
  await expect(signUp.email()).toHaveAccessibleDescription(/Enter your email/);
  await expect(signUp.email()).toBeFocused();

  await signUp.submit("Ann", taken, "short");
  await expect(signUp.password()).toHaveAccessibleDescription(/at least 15 characters/);

  await signUp.submit("Ann", taken, PASSWORD);
  await expect(signUp.email()).toHaveAccessibleDescription(/account with this email already/);
  await expect(signUp.name()).toHaveValue("Ann");
  await expect(page).toHaveURL("/sign-up");
});

test("wrong credentials read the same whether or not the account exists", async ({ device, other }) => {
  const email = await other.withAccount();
  for (const address of [email, newEmail()]) {
    await device.signIn.open();
    await device.signIn.submit(address, "not the password at all");
    await expect(device.page.getByRole("alert")).toHaveText(/don’t go together/);
  }
});

test("a server that is out of reach is said so, and nothing is lost", async ({ device }) => {
  await device.signIn.open();
  await device.context.setOffline(true);

  await device.signIn.submit("ann@example.org", PASSWORD);

  await expect(device.page.getByRole("alert")).toHaveText(/can’t be reached/);
  await expect(device.signIn.email()).toHaveValue("ann@example.org");
});

test("a button cannot be pressed twice", async ({ device }) => {
  let calls = 0;
  await device.page.route("**/api/sign_in", async (route) => {
    calls += 1;
    await new Promise((later) => setTimeout(later, 300));
    await route.continue();
  });
  await device.signIn.open();
  await device.signIn.email().fill("ann@example.org");
  await device.signIn.password().fill(PASSWORD);

  await device.page.getByRole("button", { name: "Sign in" }).dblclick();
  await expect(device.page.getByRole("button", { name: "Signing in…" })).toBeDisabled();
  await expect(device.page.getByRole("alert")).toBeVisible();

  expect(calls).toBe(1);
});

test("the whole way works with the keyboard alone", async ({ device, other }) => {
  const email = await other.withAccount();
  const { page } = device;
  await device.signIn.open();

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await device.signIn.email().focus();
  await page.keyboard.type(email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");

  await device.session.isSignedIn();
});

test("an address that leads nowhere says so", async ({ device }) => {
  const response = await device.page.goto("/nowhere");
  expect(response?.status()).toBe(404);
  await expect(device.page.getByRole("heading", { level: 1 })).toHaveText("There is nothing here");
});

test("nothing is written to the console that a developer would have to explain", async ({ device }) => {
  const said: string[] = [];
  device.page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) said.push(message.text());
  });
  device.page.on("pageerror", (error) => said.push(String(error)));

  await device.withAccount();
  await device.devices.open();
  await device.account.open();
  await device.session.signOut();
  await device.session.isSignedOut();

  expect(said).toEqual([]);
});
