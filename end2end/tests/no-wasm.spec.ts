import { close, Device, expect, newEmail, PASSWORD, test } from "../fixtures";
import { Outbox } from "../pages/outbox";

test("signing up, in and out works before the WASM is there", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const { page, signIn, signUp } = new Device(context, await context.newPage());
  const email = newEmail();

  await page.goto("/devices");
  await expect(page).toHaveURL("/sign-in?next=/devices");
  await page.getByRole("link", { name: "Create an account" }).click();
  await signUp.submit("Ann Lee", email, "seven lamps");
  await expect(signUp.password()).toHaveAccessibleDescription(/at least 15 characters/);
  expect(page.url()).not.toContain("lamps");
  await signUp.submit("Ann Lee", email, PASSWORD);
  await expect(page).toHaveURL("/devices");
  await expect(page.getByText("This device")).toBeVisible();

  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page).toHaveURL("/sign-in");
  await signIn.submit(email, "not the password at all");
  await expect(page.getByRole("alert")).toHaveText(/don’t go together/);
  expect(page.url()).not.toContain("password");
  await signIn.submit(email, PASSWORD);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hello, Ann Lee");
  await close(context);
});

test("comes-back: without scripts a form comes back with its words and with what was typed, but for the password", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const { page, signIn, signUp } = new Device(context, await context.newPage());
  const email = newEmail();
  await page.goto("/sign-up");
  await signUp.submit('Ann "Ä" Lee', email, "seven lamps");
  await expect(signUp.password()).toHaveAccessibleDescription(/at least 15 characters/);
  await expect(signUp.name()).toHaveValue('Ann "Ä" Lee');
  await expect(signUp.email()).toHaveValue(email);
  await expect(signUp.password()).toHaveValue("");

  await page.goto("/sign-in");
  await expect(signIn.email()).toHaveValue("");
  await signIn.shared().check();
  await signIn.submit(email, "not the password at all");
  await expect(page.getByRole("alert")).toHaveText(/don’t go together/);
  await expect(signIn.email()).toHaveValue(email);
  await expect(signIn.shared()).toBeChecked();
  expect(page.url()).not.toContain("ann");
  expect(await context.cookies()).toEqual([]);
  await close(context);
});

test("before the script is there, too, what was typed comes back, and hydration keeps it", async ({ distant, network }) => {
  const email = newEmail();
  const wasm = network.once("/pkg/tabkey.wasm", { do: "hold-request" });
  await distant.page.goto("/sign-in");
  await wasm.happened();

  await distant.signIn.submit(email, "not the password at all");

  await distant.session.isReady();
  await expect(distant.page.getByRole("alert")).toHaveText(/don’t go together/);
  await expect(distant.signIn.email()).toHaveValue(email);

  // Once: the next person at this screen finds nothing of it.
  await expect(distant.page).toHaveURL(`${network.url}/sign-in`);
  await distant.page.getByRole("link", { name: "Create an account" }).click();
  await distant.signUp.button().waitFor();
  await distant.page.goBack();
  await expect(distant.signIn.email()).toHaveValue("");
  await expect(distant.page.getByRole("alert")).toHaveCount(0);
  expect(await distant.page.content()).not.toContain(`content="{&quot;at`);
});

test("nobody can forge what a page says was done", async ({ device, server }) => {
  for (const path of ["/not-me?done=regained", "/sign-in?done=password_set", "/forgot-password?done=mail_sent"]) {
    const page = await (await device.context.request.get(server.url + path)).text();
    expect(page).toContain("</main>");
    expect(page).not.toContain("notice-good");
  }
});

test("no-script: without scripts each mail that goes out and each link that is used is told", async ({ browser, device, server }) => {
  const email = await device.withAccount();
  const outbox = new Outbox(device.page);
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const { page, signIn } = new Device(context, await context.newPage());
  const open = async (subject: string) => {
    const { pathname, search } = new URL(await outbox.link(email, subject));
    await page.goto(pathname + search);
  };
  const said = () => page.getByRole("main").getByRole("status");

  await open("Confirm your email address");
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(said()).toHaveText("Your address is confirmed.");
  await page.goto("/forgot-password");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(said()).toContainText("the mail is on its way");
  await open("Choose a new password");
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByLabel("New password")).toHaveAccessibleDescription(/too short/);
  await page.getByLabel("New password").fill("eight blue doors hum");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(said()).toContainText("Your password is changed");
  await signIn.submit(email, "eight blue doors hum");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hello, Ann Lee");
  await close(context);
});

test("no-script-words: without scripts each page says what works and what does not", async ({ browser, server, device }) => {
  const email = await device.withAccount();
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const { page, signIn } = new Device(context, await context.newPage());
  for (const path of ["/", "/sign-in", "/sign-up", "/forgot-password", "/reset-password", "/verify-email", "/nowhere"]) {
    await page.goto(path);
    await expect(page.getByText(/without JavaScript/), path).toBeVisible();
  }
  await page.goto("/sign-in");
  await signIn.submit(email, PASSWORD);
  await page.getByRole("heading", { name: "Hello, Ann Lee" }).waitFor();
  for (const path of ["/devices", "/account", "/activity"]) {
    await page.goto(path);
    await expect(page.getByText(/^Without JavaScript you see .* switch JavaScript on/), path).toBeVisible();
  }
  await close(context);
});

test("what needs a token cannot be sent before the WASM is there, and what was typed until then is", async ({ distant, network }) => {
  const email = await distant.withAccount();
  const wasm = network.once("/pkg/tabkey.wasm", { do: "hold-request" });
  await distant.page.goto("/account");
  await wasm.happened();
  const send = distant.page.getByRole("button", { name: "Change email" });

  await distant.page.getByLabel("New email").fill(`new.${email}`);
  await expect(send).toBeDisabled();
  await distant.page.getByLabel("New email").press("Enter");
  wasm.end();
  await send.click();

  await expect(distant.page.getByText(`A mail is on its way to new.${email}`)).toBeVisible();
});

test("strict-and-mail-link: a link on another site opens the page signed in", async ({ device, server }) => {
  await device.withAccount();
  // The same server under another name is another site to the browser.
  const elsewhere = server.url.replace("127.0.0.1", "localhost");
  await device.page.goto(`${elsewhere}/robots.txt`);
  await device.page.evaluate((to) => {
    const link = document.createElement("a");
    link.href = to;
    link.textContent = "the link";
    document.body.append(link);
  }, `${server.url}/devices`);

  await device.page.getByText("the link").click();

  await expect(device.page).toHaveURL(`${server.url}/devices`);
  await expect(device.devices.current()).toBeVisible();
});
