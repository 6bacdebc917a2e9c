// What a developer restyles by: every part in each of its states.
import { expect, test } from "../fixtures";

test("dev/parts shows every part in either theme, and comes to life", async ({ device }) => {
  const { page } = device;
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await device.withAccount();
  for (const theme of ["light", "dark"]) {
    await page.goto(`/dev/parts?theme=${theme}`);
    await device.session.isReady();
    await expect(page.locator("html")).toHaveClass(new RegExp(`theme-${theme}`));
    for (const part of ["notices", "form", "form-busy", "form-wrong", "form-failed", "buttons", "devices", "log", "chart", "skeleton"]) {
      await expect(page.getByRole("heading", { name: part, exact: true })).toBeVisible();
    }
    const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect(scheme).toBe(theme === "light" ? "rgb(247, 247, 245)" : "rgb(20, 22, 26)");
  }
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  expect(said.filter((line) => /error|unhydrated|panicked/i.test(line))).toEqual([]);
});
