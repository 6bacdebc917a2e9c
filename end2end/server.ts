import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "..");

/** The real server on a free port, with a database of its own. */
export class Server {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly lines: string[],
  ) {}

  /** `settings` are environment variables. */
  static async start(settings: Record<string, string>): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "tabkey-end2end-"));
    const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
    const child = spawn(join(resolve(root, target), "debug", "tabkey"), [], {
      cwd: root,
      env: {
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TABKEY_"))),
        DATABASE_URL: `sqlite:${folder}/tabkey.db`,
        LEPTOS_SITE_ADDR: "127.0.0.1:0",
        TABKEY_LIMITS__ENABLED: "false",
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: string[] = [];
    const url = await new Promise<string>((found, failed) => {
      const read = (chunk: Buffer) => {
        lines.push(chunk.toString());
        const address = /listens on (http:\S+)/.exec(chunk.toString())?.[1];
        if (address) found(address);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${lines.join("")}`)));
    });
    return new Server(url, child, folder, lines);
  }

  /** The `tabkey` command on this server's database. */
  command(...words: string[]): string {
    return execFileSync(this.child.spawnfile, words, {
      cwd: root,
      env: { ...process.env, DATABASE_URL: `sqlite:${this.folder}/tabkey.db` },
      encoding: "utf8",
    });
  }

  /** Everything it has logged. */
  log(): string {
    return this.lines.join("");
  }

  /** Stands still, as behind a network that drops everything, until `resume`. */
  freeze(): void {
    this.child.kill("SIGSTOP");
  }

  resume(): void {
    this.child.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    this.child.removeAllListeners("exit");
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGCONT");
    this.child.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
