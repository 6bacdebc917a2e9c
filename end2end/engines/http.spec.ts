import { signUp, test } from "./fixtures";

// As `make run` serves it.
test.use({ overHttps: false });

test("plain-http: over plain http of this machine a session is kept, or the page says at once that it is not", async ({ engine, tab }) => {
  await signUp(tab);

  if (engine.name === "webkit") await tab.says("This browser doesn’t keep cookies for this site");
  else await tab.saysNot("keep cookies");

  await tab.reload();
  await tab.isAlive();
  await tab.is(engine.name === "webkit" ? "signed_out" : "signed_in");
});
