import { expect, test } from "../fixtures";

test.use({ settings: { TABKEY_SESSION__ACCESS_TOKEN_TTL: "3s" } });

test("the access token is nowhere but in memory and in the Authorization header", async ({ device, server }) => {
  const { context, page, session } = device;
  const tokens = new Set<string>();
  const seen: string[] = [];
  page.on("console", (message) => seen.push(message.text()));
  page.on("request", (request) => {
    seen.push(request.url(), request.postData() ?? "");
    const bearer = request.headers()["authorization"];
    if (bearer) tokens.add(bearer.replace("Bearer ", ""));
  });
  page.on("response", async (response) => {
    if (response.request().resourceType() === "document") seen.push(await response.text().catch(() => ""));
    if (/refresh|sign_up|sign_in/.test(response.url())) {
      const body = await response.json().catch(() => ({}));
      if (body.access_token) tokens.add(body.access_token);
    }
  });
  // Everything that tabs tell each other.
  await context.addInitScript(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    new BroadcastChannel("tabkey").onmessage = (message) => heard.push(JSON.stringify(message.data));
    const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (message: unknown) {
      heard.push(JSON.stringify(message));
      post.call(this, message);
    };
  });

  const kept = async () => {
    seen.push(
      await page.evaluate(async () => {
        const databases = await indexedDB.databases();
        const { heard } = window as unknown as { heard: string[] };
        return JSON.stringify({
          local: { ...localStorage },
          session: { ...sessionStorage },
          databases,
          cookie: document.cookie,
          html: document.documentElement.outerHTML,
          address: location.href,
          history: history.state,
          name: window.name,
          globals: Object.keys(window).map((key) => {
            const value = (window as unknown as Record<string, unknown>)[key];
            return typeof value === "string" ? value : "";
          }),
          heard,
        });
      }),
      JSON.stringify(await context.cookies()),
    );
  };

  await device.withAccount();
  await kept();
  await device.devices.open();
  await kept();
  // A first call brings a token; it dies while the page is open, and the next ones come by themselves.
  await device.devices.rename("Laptop");
  await expect(device.devices.current()).toContainText("Laptop");
  const known = tokens.size;
  await expect.poll(() => tokens.size).toBeGreaterThan(known + 1);
  await kept();
  await page.reload();
  await session.isReady();
  await device.devices.rename("Kitchen laptop");
  await expect(device.devices.current()).toContainText("Kitchen laptop");
  await kept();
  await session.signOut();
  await session.isSignedOut();
  await kept();

  expect(tokens.size).toBeGreaterThan(2);
  const everything = `${seen.join("\n")}\n${server.log()}`;
  for (const token of tokens) {
    expect(everything).not.toContain(token);
    // Nor any part of it that could be used.
    expect(everything).not.toContain(token.split(".")[2]);
  }
});
