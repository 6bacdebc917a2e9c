import { close, Device, expect, newEmail, PASSWORD, test } from "../fixtures";

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
