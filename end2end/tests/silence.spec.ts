import { Device, expect, test } from "../fixtures";

test.use({ settings: { TABKEY_SESSION__ACCESS_TOKEN_TTL: "3s" } });

test("retyped: the token is renewed before it dies, and nothing on the page moves", async ({ device }) => {
  await device.withAccount();
  await device.account.open();
  const refreshes = device.session.countRefreshes();
  const refused: string[] = [];
  device.page.on("response", (response) => {
    if (response.status() === 401) refused.push(response.url());
  });
  // One call, so that there is a token to keep alive.
  await device.page.getByRole("link", { name: "Devices", exact: true }).click();
  await device.devices.list().waitFor();
  await device.page.getByRole("link", { name: /Account of/ }).click();

  await device.account.current().fill("half a password");
  await expect.poll(refreshes, { timeout: 20_000 }).toBeGreaterThan(3);

  // A refresh re-mounts nothing.
  await expect(device.account.current()).toHaveValue("half a password");
  await expect(device.account.current()).toBeFocused();
  await device.session.isSignedIn();
  expect(refused).toEqual([]);
});

test("flash: a reload shows their page at once, before any token comes", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  // No refresh is ever answered.
  await device.page.route("**/api/refresh", () => undefined);
  // flash: whatever is shown for even a moment is written down.
  await device.context.addInitScript(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    new MutationObserver(() => {
      const status = document.querySelector("[data-testid=session-status]")?.getAttribute("data-status");
      if (status) shown.push(status);
      if (document.body?.innerText.includes("Create an account")) shown.push("signed-out page");
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });

  for (let i = 0; i < 3; i += 1) {
    await device.page.reload({ waitUntil: "commit" });
    await expect(device.devices.current()).toBeVisible();
    await device.session.isReady();
    const shown = await device.page.evaluate(() => (window as unknown as { shown: string[] }).shown);
    expect(new Set(shown)).toEqual(new Set(["signed_in"]));
  }
});

test("session-restore: twenty tabs at once, and all are signed in", async ({ device }) => {
  test.slow();
  await device.withAccount();
  const tabs = await Promise.all(Array.from({ length: 20 }, () => device.context.newPage()));
  await Promise.all(tabs.map((tab) => tab.goto("/devices")));
  await Promise.all(
    tabs.map(async (tab) => {
      const status = tab.getByTestId("session-status");
      await expect(status).toHaveAttribute("data-status", "signed_in", { timeout: 30_000 });
    }),
  );
  await device.devices.open();
  await device.devices.rename("Still here");
  await expect(device.devices.current()).toContainText("Still here");
});

test("5xx-is-not-sign-out: a failing server is waited for, and the page says so", async ({ device }) => {
  await device.withAccount();
  let failing = true;
  await device.page.route("**/api/refresh", (route) =>
    failing ? route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }) : route.continue(),
  );
  await device.devices.open();

  await device.devices.current().getByRole("button", { name: /^Rename/ }).click();
  await device.page.getByLabel("Device name").fill("Patient");
  await device.page.getByRole("button", { name: "Save" }).click();
  await expect(device.session.status()).toHaveAttribute("data-degraded", "true");
  await expect(device.session.status()).toContainText("You stay signed in");
  await device.session.isSignedIn();
  await expect(device.page.getByLabel("Device name")).toHaveValue("Patient");

  failing = false;
  await expect(device.session.status()).toHaveAttribute("data-degraded", "false", { timeout: 30_000 });
  await device.page.getByRole("button", { name: "Save" }).click();
  await expect(device.devices.current()).toContainText("Patient");
});

test("offline: going offline signs nobody out, and a sign-out made offline is carried out", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  await device.context.setOffline(true);
  await expect(device.session.status()).toHaveAttribute("data-degraded", "true");
  await device.session.isSignedIn();

  await device.session.signOut();
  await device.session.isSignedOut();
  const told = device.page.waitForResponse((response) => response.url().endsWith("/api/sign_out") && response.ok());
  await device.context.setOffline(false);
  await told;

  await device.page.goto("/devices");
  await expect(device.page).toHaveURL("/sign-in?next=/devices");
  expect((await device.context.cookies()).filter((cookie) => cookie.value)).toEqual([]);
});

test("offline: a sign-out of a tab that was closed is carried out by one that stays", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  const staying = new Device(device.context, await device.context.newPage());
  await staying.devices.open();
  await device.context.setOffline(true);
  await device.session.signOut();
  await staying.session.isSignedOut();
  await device.page.close();

  const told = staying.page.waitForResponse((response) => response.url().endsWith("/api/sign_out") && response.ok());
  await device.context.setOffline(false);
  await told;

  await staying.page.goto("/devices");
  await expect(staying.page).toHaveURL("/sign-in?next=/devices");
});

test("Back after sign-out shows nothing private", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  await device.session.signOut();
  await device.session.isSignedOut();

  await device.page.goBack();

  await expect(device.devices.list()).toHaveCount(0);
  await expect(device.signIn.heading()).toBeVisible();
});

test("bfcache: a page that comes back after a sign-out elsewhere shows nothing private", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  // Chromium keeps no page of ours (`no-store`), other browsers may: a page that is kept hears nothing meanwhile.
  const happens = (name: string) =>
    device.page.evaluate((name) => {
      window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
    }, name);
  await happens("pagehide");
  await device.context.request.post("/api/sign_out", { headers: { "Sec-Fetch-Site": "same-origin" } });
  await expect(device.devices.list()).toBeVisible();

  await happens("pageshow");

  await expect(device.devices.list()).toHaveCount(0);
  await device.session.isSignedOut();
});

test("a developer sees the tab's transitions and its next timer, and no token", async ({ device }) => {
  await device.withAccount();
  await device.page.goto("/devices?tabkey=debug");
  await device.session.isReady();
  const panel = device.page.getByRole("complementary", { name: "Tabkey debug" });
  await expect(panel).toContainText("Boot");

  await device.devices.rename("Watched");

  await expect(panel).toContainText("Refreshed");
  await expect(panel).toContainText(/next timer: in \d+ s/);
  await expect(panel).not.toContainText("eyJ");
});
