import { Device, PASSWORD, expect, test } from "../fixtures";

const REFRESH = "/api/refresh";

/** The devices page; it has asked for a token by itself, to listen, and will not again for a while. */
async function openListening(device: Device): Promise<void> {
  const listening = device.page.waitForResponse((response) => response.url().endsWith("/api/events"));
  await device.devices.open();
  await listening;
}

/** One more tab of the same browser, on the devices page. */
async function newTab(device: Device): Promise<Device> {
  const tab = new Device(device.context, await device.context.newPage());
  await tab.devices.open();
  return tab;
}

/** The cookies that hold something. */
async function jar(device: Device): Promise<string[]> {
  const cookies = await device.context.cookies();
  return cookies.filter((cookie) => cookie.value).map((cookie) => `${cookie.name}=${cookie.value}`);
}

// A page that opens refreshes by itself, sooner or later: what is to befall its refresh is arranged before.

/** A refresh from outside the machine; settles with its status. */
function refresh(device: Device): Promise<number> {
  return device.page.evaluate(async (path) => (await fetch(path, { method: "POST" })).status, REFRESH);
}

test("lost-reply: a reply lost after the commit is asked for again", async ({ distant, network }) => {
  await distant.withAccount();
  // Twice: Chromium by itself repeats a call whose kept connection is cut.
  const lost = network.times(2, REFRESH, { do: "cut-reply" });
  await distant.devices.open();

  await distant.devices.rename("Carried on");
  await lost.happened(2);
  await expect(distant.session.status()).toHaveAttribute("data-degraded", "false", { timeout: 30_000 });
  await distant.session.isSignedIn();
  await distant.page.reload();
  await distant.session.isReady();
  await distant.devices.rename("Carried on");

  await expect(distant.devices.current()).toContainText("Carried on");
});

test("late-loser: the loser's reply arrives last, and the jar keeps the winner's cookie", async ({ distant, network }) => {
  await distant.withAccount();
  // A refresh of the page's own would be held in place of one of these two.
  await openListening(distant);
  const tab = await newTab(distant);
  const replies = network.times(2, REFRESH, { do: "hold-reply" });
  const winner = refresh(distant);
  await replies.happened();
  const loser = refresh(tab);
  await replies.happened(2);

  replies.release("first");
  expect(await winner).toBe(200);
  const kept = await jar(distant);
  replies.release("last");
  expect(await loser).toBe(200);

  expect(await jar(distant)).toEqual(kept);
  await tab.devices.rename("Both");
  await expect(tab.devices.current()).toContainText("Both");
});

test("f5-storm: twenty reloads at 50 ms while replies are cut sign nobody out", async ({ distant, network }) => {
  await distant.withAccount();
  await distant.devices.open();
  const cut = network.always(REFRESH, { do: "cut-reply" });
  for (let i = 0; i < 20; i += 1) {
    const began = cut.hits;
    await distant.page.evaluate((path) => void fetch(path, { method: "POST" }).catch(() => undefined), REFRESH);
    // The pace is the failure's own; the first of them has surely rotated.
    if (i === 0) await cut.happened(began + 1);
    else await distant.page.waitForTimeout(50);
    await distant.page.reload({ waitUntil: "commit" });
  }
  cut.end();

  await distant.devices.open();
  await distant.devices.rename("After the storm");

  await expect(distant.devices.current()).toContainText("After the storm");
});

for (const fault of ["hold-request", "hold-reply"] as const) {
  const order = fault === "hold-request" ? "before" : "after";
  test(`resurrected-logout: a sign-out ${order} the server sees the refresh stays one`, async ({ distant, network }) => {
    await distant.withAccount();
    const held = network.once(REFRESH, { do: fault });
    await distant.devices.open();
    await distant.devices.rename("Too late");
    await held.happened();

    await distant.session.signOutFully();
    const answered = distant.page.waitForEvent("requestfinished", (call) => call.url().endsWith(REFRESH));
    held.release();
    await answered;

    await expect.poll(() => jar(distant)).toEqual([]);
    await distant.session.isSignedOut();
    await distant.page.goto("/devices");
    await expect(distant.page).toHaveURL("/sign-in?next=/devices");
    expect(await refresh(distant)).toBe(401);
  });
}

test("resurrected-logout: what comes late of the session before does not touch the one after it", async ({ distant, network }) => {
  const email = await distant.withAccount();
  const held = network.once(REFRESH, { do: "hold-reply" });
  await distant.devices.open();
  await distant.devices.rename("Too late");
  await held.happened();
  await distant.session.signOut();
  await distant.session.isSignedOut();

  // The sign-in waits until the old call is over.
  await distant.signIn.submit(email, PASSWORD);
  const answered = distant.page.waitForEvent("requestfinished", (call) => call.url().endsWith(REFRESH));
  held.release();
  await answered;

  await distant.session.isSignedIn();
  await distant.devices.open();
  await distant.devices.rename("Here to stay");
  await expect(distant.devices.current()).toContainText("Here to stay");
  expect(await refresh(distant)).toBe(200);
});

test("resurrected-logout: a late answer is undone before the next sign-in is sent", async ({ distant, network }) => {
  const email = await distant.withAccount();
  const refreshed = network.once(REFRESH, { do: "hold-reply" });
  await distant.devices.open();
  await distant.devices.rename("Too late");
  await refreshed.happened();
  await distant.session.signOutFully();

  // What comes late sets the cookies again; the sign-out that takes them back is slow.
  const undone = network.once("/api/sign_out", { do: "hold-reply" });
  await distant.signIn.submit(email, PASSWORD);
  const signIn = distant.page.waitForRequest((call) => call.url().endsWith("/api/sign_in"));
  refreshed.release();
  await undone.happened();
  const isEarly = await Promise.race([signIn.then(() => true), distant.page.waitForTimeout(500).then(() => false)]);
  expect(isEarly).toBe(false);
  undone.release();
  await signIn;

  await distant.session.isSignedIn();
  expect(await refresh(distant)).toBe(200);
});

test("a new tab that finds a refresh under way waits for it before it asks for itself", async ({ distant, network }) => {
  await distant.withAccount();
  const held = network.once(REFRESH, { do: "hold-request" });
  await distant.devices.open();
  await held.happened();
  const tab = new Device(distant.context, await distant.context.newPage());
  const refreshes = tab.session.countRefreshes();
  await tab.devices.open();
  await tab.devices.rename("In turn");

  // It stands in the queue for the lock.
  const queued = () =>
    tab.page.evaluate(async () => {
      const { pending } = await navigator.locks.query();
      return pending!.filter((lock) => lock.name === "tabkey-refresh").length;
    });
  await expect.poll(queued).toBe(1);
  expect(refreshes()).toBe(0);
  const answered = tab.page.waitForResponse((response) => response.url().endsWith(REFRESH));
  held.release();

  expect((await answered).status()).toBe(200);
  expect(refreshes()).toBe(1);
  await distant.session.isSignedIn();
  await tab.session.isSignedIn();
});

test("navigate-during-refresh: leaving the page aborts no refresh", async ({ distant, network }) => {
  await distant.withAccount();
  const refreshes = distant.session.countRefreshes();
  const held = network.once(REFRESH, { do: "hold-reply" });
  await distant.devices.open();
  await distant.devices.rename("Left behind");
  await held.happened();

  await distant.page.getByRole("link", { name: /Account of/ }).click();
  await expect(distant.account.current()).toBeVisible();
  const answered = distant.page.waitForEvent("requestfinished", (call) => call.url().endsWith(REFRESH));
  held.release();
  await answered;
  await distant.page.getByRole("link", { name: "Devices", exact: true }).click();
  await distant.devices.list().waitFor();

  await distant.session.isSignedIn();
  expect(refreshes()).toBe(1);
});

test("flash: on a slow network too, no signed-out page is ever seen", async ({ distant, network }) => {
  await distant.withAccount();
  await distant.devices.open();
  await distant.context.addInitScript(() => {
    const shown = new Set<string>();
    Object.assign(window, { shown });
    new MutationObserver(() => {
      const status = document.querySelector("[data-testid=session-status]")?.getAttribute("data-status");
      if (status) shown.add(status);
      if (document.body?.innerText.includes("Create an account")) shown.add("signed-out page");
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  const slow = network.once("/devices", { do: "throttle", bytes: 256, every: 20 });

  await distant.page.reload();
  await slow.happened();
  await distant.session.isReady();

  const shown = await distant.page.evaluate(() => [...(window as unknown as { shown: Set<string> }).shown]);
  expect(shown).toEqual(["signed_in"]);
});

test("retry-after: a proxy that says when to come again by a header alone is believed", async ({ distant, network }) => {
  await distant.withAccount();
  const refused = network.always(REFRESH, { do: "answer", status: 503, headers: { "retry-after": "300" }, body: "<html>" });
  await distant.page.goto("/devices?tabkey=debug");
  await refused.happened();

  await expect(distant.page.getByRole("complementary", { name: "Tabkey debug" })).toContainText(/next timer: in (29\d|3\d\d) s/);
  expect(refused.hits).toBe(1);
  await distant.session.isSignedIn();
});

test("forbidden-sign-out: a sign-out that something on the way forbids is not told again and again", async ({ distant, network }) => {
  await distant.withAccount();
  const forbidden = network.always("/api/sign_out", { do: "answer", status: 403, body: "<html>" });
  await distant.session.signOut();
  await forbidden.happened();
  await distant.session.isSignedOut();
  const isKept = () => distant.page.evaluate(() => localStorage.getItem("tabkey.sign-out-pending"));
  await expect.poll(isKept).toBeNull();

  await distant.page.goto("/");
  await distant.session.isReady();

  await distant.session.isSignedOut();
  expect(forbidden.hits).toBe(1);
});

test("left-page: a page that is left while a deed is under way leaves a page that works", async ({ distant, device, network, server }) => {
  await distant.asAdmin(server);
  const email = await device.withAccount();
  await distant.admin.openAccount(email);
  const held = network.once("/api/admin/block", { do: "hold-reply" });
  await distant.admin.press("Block");
  await held.happened();
  await distant.page.getByRole("link", { name: "Devices", exact: true }).click();
  await distant.devices.list().waitFor();

  const answered = distant.page.waitForResponse((response) => response.url().endsWith("/api/admin/block"));
  held.end();
  await (await answered).finished();

  await distant.devices.rename("Still at work");
  await expect(distant.devices.current()).toContainText("Still at work");
  await expect(distant.page.getByText("This page isn’t working here")).toBeHidden();
  await distant.session.isReady();
});
