import { Device, expect, PASSWORD, test } from "../fixtures";
import { eightTabsWork, withoutLocks } from "../many-tabs";

test.use({ settings: { TABKEY_SESSION__ACCESS_TOKEN_TTL: "30s" } });

/** One more tab of the same browser. */
async function newTab(device: Device): Promise<Device> {
  return new Device(device.context, await device.context.newPage());
}

test("a sign-out is seen by every tab of the browser at once", async ({ device }) => {
  await device.withAccount();
  const tab = await newTab(device);
  await tab.devices.open();
  const seen = tab.page.evaluate(
    () =>
      new Promise<number>((done) => {
        const status = document.querySelector("[data-testid=session-status]")!;
        new MutationObserver(() => {
          if (status.getAttribute("data-status") === "signed_out") done(Date.now());
        }).observe(status, { attributes: true });
      }),
  );
  // The observer is in place before the other tab acts.
  await tab.page.evaluate(() => undefined);

  const pressed = await device.page.evaluate(() => {
    const button = [...document.querySelectorAll("button")].find((found) => found.textContent === "Sign out")!;
    const at = Date.now();
    button.click();
    return at;
  });

  // Seen without a click, a reload or a call in that tab; how fast is for people to read, not for a test to judge.
  console.log(`the other tab showed the sign-out after ${(await seen) - pressed} ms`);
  await tab.session.isSignedOut();
  await expect(tab.page).toHaveURL("/sign-in");
});

test("account-switch: a tab whose browser holds another account draws itself anew", async ({ device, other }) => {
  const second = await other.withAccount();
  await device.withAccount();
  const first = await newTab(device);
  await first.account.open();
  await first.account.current().fill("typed under the first account");

  await device.session.signOut();
  await device.session.isSignedOut();
  await device.signIn.submit(second, PASSWORD);
  await device.session.isSignedIn();

  // The tab of the first account heard of it, and shows nothing of it any more.
  await first.page.bringToFront();
  await first.session.isReady();
  await first.page.goto("/account");
  await expect(first.page.getByText(second)).toBeVisible();
});

test("account-switch: a form of the old account does not go out under the new one", async ({ device, other }) => {
  const second = await other.withAccount();
  await device.withAccount();
  const first = await newTab(device);
  // Deaf: as if what the server and the other tabs say were lost.
  await first.page.route("**/api/events", (route) => route.abort());
  await first.page.addInitScript(() => {
    Object.defineProperty(BroadcastChannel.prototype, "onmessage", { set: () => undefined });
  });
  // The page's first token comes when the form is on its way, and not before: else the page would be drawn anew too early.
  let send = (): void => undefined;
  const sent = new Promise<void>((done) => (send = done));
  await first.page.route("**/api/refresh", async (route) => {
    await sent;
    await route.continue();
  });
  await first.devices.open();
  await device.context.request.post("/api/sign_in", { form: { email: second, password: PASSWORD } });
  const renamed: string[] = [];
  first.page.on("request", (request) => {
    if (request.url().includes("/devices/rename")) renamed.push(request.url());
  });

  await first.devices.current().getByRole("button", { name: /^Rename/ }).click();
  await first.page.getByLabel("Device name").fill("Not mine");
  await first.page.getByRole("button", { name: "Save" }).click();
  send();

  // The refresh brought another session: the page is drawn anew before anything is sent.
  await expect(first.page.getByLabel("Device name")).toHaveCount(0);
  await first.session.isReady();
  expect(renamed).toEqual([]);
  await expect(first.devices.list()).not.toContainText("Not mine");
});

test("frozen-holder: a tab that was frozen with the lock in its hand holds nobody up for good", async ({ device }) => {
  await device.withAccount();
  const holder = await newTab(device);
  await holder.devices.open();
  // The lock, held by a page that will never let go.
  await holder.page.evaluate(
    () => void navigator.locks.request("tabkey-refresh", () => new Promise<void>(() => undefined)),
  );
  const debug = await device.context.newCDPSession(holder.page);
  await debug.send("Page.enable");
  await debug.send("Page.setWebLifecycleState", { state: "frozen" });

  const tab = await newTab(device);
  await tab.devices.open();
  const began = Date.now();
  await tab.devices.rename("Went ahead");
  await expect(tab.devices.current()).toContainText("Went ahead");

  expect(Date.now() - began).toBeLessThan(15_000);
  await debug.send("Page.setWebLifecycleState", { state: "active" });
});

test("proactive-failure: an early refresh that fails leaves a token that still lives", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  await device.devices.rename("First");
  await expect(device.devices.current()).toContainText("First");
  await device.page.route("**/api/refresh", (route) => route.abort());
  const failed = device.page.waitForEvent("requestfailed", { timeout: 40_000 });
  await failed;

  // The refresh at 80 % of the token's life has failed; the token itself goes on.
  await device.devices.rename("Second");
  await expect(device.devices.current()).toContainText("Second");
  await device.session.isSignedIn();
});

test("one refresh serves a page with many calls", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  const refreshes = device.session.countRefreshes();

  await device.page.evaluate(() => {
    for (let i = 0; i < 5; i += 1) window.dispatchEvent(new Event("online"));
  });
  await device.devices.rename("Once");
  await expect(device.devices.current()).toContainText("Once");

  expect(refreshes()).toBe(1);
});

for (const hasLocks of [true, false]) {
  test(`connections: eight tabs ${hasLocks ? "with" : "without"} locks all load and save`, async ({ device }) => {
    if (!hasLocks) await withoutLocks(device.context);
    await eightTabsWork(device, true);
  });
}

test("typed: another tab's sign-in leaves what was typed on a public page alone", async ({ device }) => {
  const tab = await newTab(device);
  await tab.page.goto("/forgot-password");
  await tab.session.isReady();
  const email = tab.page.getByLabel("Email");
  await email.fill("half an addr");

  await device.withAccount();

  await tab.session.isSignedIn();
  await expect(email).toHaveValue("half an addr");
});

test("late: what a session before was told does not end the one after it", async ({ distant, network }) => {
  const email = await distant.withAccount();
  await distant.devices.open();
  const rename = network.once("/api/devices/rename", { do: "hold-request" });
  await distant.devices.rename("Held back");
  await rename.happened();
  await distant.session.signOutFully();
  await distant.signIn.submit(email, PASSWORD);
  await distant.session.isSignedIn();

  const refused = distant.page.waitForResponse((response) => response.url().endsWith("/api/devices/rename"));
  rename.end();
  expect((await refused).status()).toBe(401);

  await distant.page.reload();
  await distant.session.isReady();
  await distant.session.isSignedIn();
});
