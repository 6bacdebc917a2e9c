import type { Page } from "@playwright/test";

import { type Device, expect, test } from "../fixtures";

/** What password managers, translators and proxies do to a document; each runs in the page. */
const TOUCHES: Record<string, () => void> = {
  "an element before everything": () => document.body.prepend(document.createElement("div")),
  "an element after everything": () => document.body.append(document.createElement("div")),
  "an element at the beginning of the app": () => document.getElementById("app")!.prepend(document.createElement("div")),
  "an icon after every field": () => {
    for (const input of document.querySelectorAll("input")) {
      const icon = document.createElement("div");
      icon.setAttribute("data-lastpass-icon-root", "");
      input.after(icon);
    }
  },
  "every text in another element": () => {
    const texts = document.createTreeWalker(document.getElementById("app")!, NodeFilter.SHOW_TEXT);
    const found: Node[] = [];
    while (texts.nextNode()) if (texts.currentNode.textContent?.trim()) found.push(texts.currentNode);
    for (const text of found) {
      const font = document.createElement("font");
      text.parentNode!.replaceChild(font, text);
      font.appendChild(document.createElement("font")).append(text.textContent!);
    }
  },
  "no comment left": () => {
    const comments = document.createTreeWalker(document.getElementById("app")!, NodeFilter.SHOW_COMMENT);
    const found: ChildNode[] = [];
    while (comments.nextNode()) found.push(comments.currentNode as ChildNode);
    for (const comment of found) comment.remove();
  },
  "addresses that are links": () => {
    for (const element of document.querySelectorAll("#app *")) {
      if (element.childElementCount || !element.textContent?.includes("@")) continue;
      const link = document.createElement("a");
      link.href = `mailto:${element.textContent}`;
      link.textContent = element.textContent;
      element.replaceChildren(link);
    }
  },
};

/** Done to every page once its document is there, and before its script runs. */
async function touchEveryPage(page: Page, touch: () => void): Promise<void> {
  await page.addInitScript(`document.addEventListener("readystatechange", () => {
    if (document.readyState === "interactive") (${touch})();
  });`);
}

async function works({ page, devices, session }: Device, name: string): Promise<void> {
  await session.isReady();
  await session.isSignedIn();
  await devices.list().waitFor();
  await devices.rename(name);
  await expect(devices.current()).toContainText(name);
  await page.getByRole("link", { name: /Account of/ }).click();
  await expect(page.getByLabel("Current password")).toBeVisible();
}

for (const [name, touch] of Object.entries(TOUCHES)) {
  test(`touched: ${name}, before the page comes to life`, async ({ device }) => {
    await device.withAccount();
    await touchEveryPage(device.page, touch);

    await device.page.goto("/devices");

    await works(device, "Touched before");
    await device.page.goto("/account");
    await device.session.isReady();
    await expect(device.page.getByLabel("Current password")).toBeVisible();
  });

  test(`touched: ${name}, while the page is alive`, async ({ device }) => {
    await device.withAccount();
    await device.devices.open();

    await device.page.evaluate(touch);

    await works(device, "Touched after");
  });
}

const words = (page: Page) => page.getByRole("alert").filter({ hasText: "This page isn’t working here" });

test("dead: a page whose WASM is blocked says so, with a button, and does not look alive", async ({ device }) => {
  await device.page.route("**/*.wasm", (route) => route.abort());
  await device.page.goto("/");

  await expect(words(device.page)).toBeVisible({ timeout: 12_000 });
  await expect(device.page.locator("html[data-hydrated]")).toHaveCount(0);
  await device.page.unroute("**/*.wasm");
  await words(device.page).getByRole("button", { name: "Reload the page" }).click();
  await device.session.isReady();
  await expect(words(device.page)).toBeHidden();
});

test("dead: a browser that runs no WASM is told so at once", async ({ device }) => {
  await device.page.addInitScript(() => {
    delete (window as { WebAssembly?: unknown }).WebAssembly;
  });
  await device.page.goto("/");

  await expect(words(device.page)).toBeVisible({ timeout: 5_000 });
});

test("dead: WASM that never comes is said within ten seconds, and works when it comes after all", async ({ distant, network }) => {
  const wasm = network.once("/pkg/tabkey.wasm", { do: "hold-request" });
  await distant.page.goto("/");
  await wasm.happened();

  await expect(words(distant.page)).toBeVisible({ timeout: 12_000 });
  wasm.end();
  await distant.session.isReady();
  await expect(words(distant.page)).toBeHidden();
});

test("dead: files of another release are asked for once more by a reload, and then it is said", async ({ distant, network }) => {
  let loads = 0;
  distant.page.on("request", (request) => {
    if (request.isNavigationRequest()) loads += 1;
  });
  network.always("/pkg/tabkey.js", { do: "answer", status: 404 });
  await distant.page.goto("/");

  await expect(words(distant.page)).toBeVisible({ timeout: 12_000 });
  expect(loads).toBe(2);
});

test("what the app takes out of its page by itself stays out, and is drawn once", async ({ distant, network }) => {
  await distant.withAccount();
  const devices = network.once("/api/devices", { do: "hold-reply" });
  await distant.page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) if (node instanceof Element && node.matches("ul.devices, ol.devices")) seen.push("added");
      }
    }).observe(document.getElementById("app")!, { childList: true, subtree: true });
  });
  await distant.page.getByRole("link", { name: "Devices", exact: true }).click();
  await devices.happened();
  await expect(distant.devices.list()).toHaveCount(0);

  devices.end();

  await distant.devices.list().waitFor();
  expect(await distant.page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual(["added"]);
});
