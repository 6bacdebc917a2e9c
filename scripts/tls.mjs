// Takes TLS and hands what is inside to a port of this machine: node scripts/tls.mjs FOLDER PORT TO
// FOLDER holds cert.pem and key.pem (scripts/local-certificate); PORT 0 takes a free one. Says which, and ends with its input.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createServer } from "node:tls";

const [folder, port, to] = process.argv.slice(2);
const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name)));

const front = createServer({ cert, key }, (browser) => {
  const server = connect(Number(to), "127.0.0.1");
  server.setNoDelay();
  browser.setNoDelay();
  // Whichever side goes takes the other with it.
  pipeline(browser, server, browser, () => undefined);
});
// A browser that does not trust the certificate hangs up.
front.on("tlsClientError", (_, browser) => browser.destroy());
front.on("error", (error) => {
  console.error(`tls: ${error.message}`);
  process.exit(1);
});
front.listen(Number(port), "127.0.0.1", () => console.log(`https://localhost:${front.address().port}`));
// Whoever started it holds the other end, and may be gone without a word.
process.stdin.resume().on("end", () => process.exit());
