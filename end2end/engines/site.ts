import { execFileSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Proxy } from "../proxy";
import { Server } from "../server";
import { end, start } from "./children";

const scripts = resolve(__dirname, "../../scripts");

/** The real server, the proxy before it and, over https, what `make run-tls` puts before both. */
export class Site {
  private constructor(
    /** As browsers know it. */
    readonly url: string,
    /** The same server; to browsers it is another site. */
    readonly elsewhere: string,
    readonly network: Proxy,
    readonly server: Server,
    private readonly front: Front | null,
  ) {}

  /** `settings` are environment variables of the server. */
  static async open(settings: Record<string, string>, overHttps: boolean): Promise<Site> {
    const network = await Proxy.before("http://127.0.0.1");
    const front = overHttps ? await Front.before(network.url) : null;
    // A browser brings no Secure cookie over plain http from one of these names to the other.
    const [url, elsewhere] = front ? [front.url, front.url.replace("localhost", "127.0.0.1")] : [network.url, network.url.replace("127.0.0.1", "localhost")];
    const server = await Server.start({ TABKEY_SERVER__PUBLIC_URL: url, ...settings });
    network.turnTo(server.url);
    return new Site(url, elsewhere, network, server, front);
  }

  async close(): Promise<void> {
    this.front?.stop();
    await this.network.stop();
    await this.server.stop();
  }
}

class Front {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async before(to: string): Promise<Front> {
    const folder = mkdtempSync(join(tmpdir(), "tabkey-tls-"));
    execFileSync(join(scripts, "local-certificate"), [folder]);
    const child = start(process.execPath, [join(scripts, "tls.mjs"), folder, "0", new URL(to).port], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [said] = await once(child.stdout!, "data");
    return new Front(String(said).trim(), child, folder);
  }

  stop(): void {
    end(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
