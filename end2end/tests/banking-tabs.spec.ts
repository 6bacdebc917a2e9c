import { test } from "../fixtures";
import { eightTabsWork, withoutLocks } from "../many-tabs";

test.use({ settings: { TABKEY_SESSION__PROFILE: "banking" } });

for (const hasLocks of [true, false]) {
  test(`connections: eight tabs ${hasLocks ? "with" : "without"} locks all load and save`, async ({ device }) => {
    if (!hasLocks) await withoutLocks(device.context);
    await eightTabsWork(device, false);
  });
}
