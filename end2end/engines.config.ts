import { defineConfig } from "@playwright/test";

import type { Engine } from "./engines/engine";

const LONG = process.env.ENGINES === "long";

/** Debian's Chromium, Firefox and WebKitGTK. Playwright only runs the tests; it drives none of the three. */
const project = (engineName: Engine["name"], overHttps: boolean) => ({ name: engineName, use: { engineName, overHttps } });

/** An engine once more, over https. */
const again = (engineName: Engine["name"]) => ({
  ...project(engineName, true),
  name: `${engineName}-https`,
  testIgnore: "**/http.spec.ts",
});

export default defineConfig<{ engineName: Engine["name"]; overHttps: boolean }>({
  testDir: "engines",
  outputDir: "test-results/engines",
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  retries: 0,
  timeout: LONG ? 300_000 : 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  projects: [
    project("firefox", false),
    // WebKit keeps no Secure cookie over plain http, not even of this machine.
    project("webkit", true),
    // All other tests of this folder are Chromium's; here it is only compared.
    ...(LONG ? [project("chromium", false), again("chromium"), again("firefox")] : []),
  ],
});
