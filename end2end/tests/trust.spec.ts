import { expect, test } from "../fixtures";

test("endless-401: a proxy that strips the header costs one refresh and one retry, and is explained", async ({
  distant,
  network,
}) => {
  await distant.withAccount();
  await distant.devices.open();
  const refreshes = distant.session.countRefreshes();
  const stripped = network.always("/api/devices/rename", { do: "strip", header: "authorization" });

  await distant.devices.rename("Never heard");

  await expect(distant.page.getByText("Your sign-in could not be confirmed. Reload the page.")).toBeVisible();
  await distant.session.isSignedIn();
  expect(stripped.hits).toBeLessThanOrEqual(2);
  // The one that brought the first token, and one more.
  expect(refreshes()).toBeLessThanOrEqual(2);
});

test("endless-401: an endpoint that always refuses costs one refresh and one retry, and is explained", async ({ device }) => {
  await device.withAccount();
  await device.devices.open();
  const refreshes = device.session.countRefreshes();
  let hits = 0;
  await device.page.route("**/api/devices/rename", (route) => {
    hits += 1;
    return route.fulfill({ status: 401, headers: { "Tabkey-Refused": "token_expired" }, json: { code: "token_expired" } });
  });

  await device.devices.rename("Never heard");

  await expect(device.page.getByText("Your sign-in could not be confirmed. Reload the page.")).toBeVisible();
  await device.session.isSignedIn();
  expect(hits).toBe(2);
  expect(refreshes()).toBeLessThanOrEqual(2);
});

test("endless-401: a browser that keeps no cookies asks for none of what it cannot have", async ({ distant, network }) => {
  // What comes to the same as a browser that blocks them.
  network.always("/api/sign_up", { do: "strip-reply", header: "set-cookie" });
  const refreshes = distant.session.countRefreshes();
  await distant.withAccount();
  expect(await distant.context.cookies()).toEqual([]);

  // The token in memory works for as long as the page lives.
  await distant.page.getByRole("link", { name: "Devices", exact: true }).click();
  await distant.devices.current().waitFor();
  await distant.devices.rename("Without cookies");
  await expect(distant.devices.current()).toContainText("Without cookies");
  await distant.page.reload();
  await distant.session.isReady();
  await distant.session.isSignedOut();
  expect(refreshes()).toBe(0);
});

test("wake: after two hours of sleep no old token leaves the tab", async ({ device }) => {
  await device.page.clock.install();
  await device.withAccount();
  await device.devices.open();
  const sent: string[] = [];
  device.page.on("request", (request) => {
    const bearer = request.headers()["authorization"];
    if (bearer) sent.push(bearer);
  });
  await device.devices.rename("Before");
  await expect(device.devices.current()).toContainText("Before");
  const before = new Set(sent.splice(0));

  await device.page.clock.fastForward("02:00:00");
  await device.devices.rename("After");
  await expect(device.devices.current()).toContainText("After");

  expect(before.size).toBeGreaterThan(0);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.filter((bearer) => before.has(bearer))).toEqual([]);
});

test("strict-and-mail-link: a link on another site opens a deep page signed in", async ({ device, server }) => {
  await device.withAccount();
  const mail = server.url.replace("127.0.0.1", "localhost") + "/mail";
  await device.context.route(mail, (route) =>
    route.fulfill({ contentType: "text/html", body: `<a href="${server.url}/devices">Your devices</a>` }),
  );
  await device.page.goto(mail);

  await device.page.getByRole("link", { name: "Your devices" }).click();
  await device.session.isReady();

  await expect(device.devices.current()).toBeVisible();
  await expect(device.page).toHaveURL(`${server.url}/devices`);
  await device.session.isSignedIn();
});

test("stray-cookie: a cookie of another application, called as ours is elsewhere, hides nothing and costs nothing", async ({ device, server }) => {
  await device.withAccount();
  const seen: (string | null)[] = [];
  await device.page.exposeFunction("tell", (status: string | null) => seen.push(status));
  await device.page.addInitScript(() => {
    new MutationObserver(() => {
      const status = document.querySelector("[data-testid=session-status]");
      if (status) (window as unknown as { tell(status: string | null): void }).tell(status.getAttribute("data-status"));
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-status"] });
  });
  const plant = (value: string) => device.context.addCookies([{ name: "signed-in", value, url: server.url }]);
  for (const value of ["yes", "0198b2f4-0000-7000-8000-000000000000.9999999999"]) {
    await plant(value);
    await device.devices.open();
    await device.devices.rename(value.slice(0, 8));
    await expect(device.devices.current()).toContainText(value.slice(0, 8));
    expect(new Set(seen)).toEqual(new Set(["signed_in"]));
  }
  await device.session.signOutFully();
  expect((await device.context.cookies()).filter((cookie) => cookie.value).map((cookie) => cookie.name)).toEqual(["signed-in"]);
  seen.length = 0;
  const refreshes = device.session.countRefreshes();

  await device.page.goto("/");

  await device.session.isReady();
  expect([refreshes(), ...new Set(seen)]).toEqual([0, "signed_out"]);
});
