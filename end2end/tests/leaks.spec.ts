import { expect, test } from "../fixtures";

/** Pages mounted; `LEAK_MOUNTS` says how many. */
const MOUNTS = Number(process.env["LEAK_MOUNTS"] ?? 100);
/** Until caches and pools have their size. */
const WARM_UP = 20;

test("leaks: pages that come and go leave nothing behind", async ({ device }) => {
  test.setTimeout(60_000 + MOUNTS * 600);
  await device.context.addInitScript(() => {
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...given: Parameters<typeof instantiate>) => {
      const made = await instantiate(...given);
      Object.assign(window, { wasmMemory: made.instance.exports["memory"] });
      return made;
    };
  });
  await device.withAccount();
  await device.devices.open();
  const inspector = await device.context.newCDPSession(device.page);
  await inspector.send("Performance.enable");

  const mount = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 2) {
      await device.page.getByRole("link", { name: /Account of/ }).click();
      await device.account.current().waitFor();
      await device.page.getByRole("link", { name: "Devices", exact: true }).click();
      await device.devices.current().waitFor();
    }
  };
  const measure = async (): Promise<Record<string, number>> => {
    await inspector.send("HeapProfiler.collectGarbage");
    const { metrics } = await inspector.send("Performance.getMetrics");
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
    const wasm = await device.page.evaluate(
      () => (window as unknown as { wasmMemory: WebAssembly.Memory }).wasmMemory.buffer.byteLength,
    );
    return { nodes: of("Nodes"), listeners: of("JSEventListeners"), heap: of("JSHeapUsedSize"), wasm };
  };

  await mount(WARM_UP);
  const before = await measure();
  await mount(MOUNTS);
  const after = await measure();

  console.log(`${MOUNTS} mounts: ${JSON.stringify(before)} before, ${JSON.stringify(after)} after`);
  // Not one of anything for each mount; memory in bytes, with what the browser itself remembers of each call.
  expect(after["nodes"]! - before["nodes"]!).toBeLessThan(MOUNTS);
  expect(after["listeners"]! - before["listeners"]!).toBeLessThan(MOUNTS / 4);
  expect(after["heap"]! - before["heap"]!).toBeLessThan(300_000 + 1_000 * MOUNTS);
  expect(after["wasm"]! - before["wasm"]!).toBeLessThan(131_073 + 300 * MOUNTS);
});
