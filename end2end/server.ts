import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const root = resolve(__dirname, "..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The applications that are driven here: what they are called, and where they find their files. */
const APPS = { tabkey: root, notes: join(root, "examples", "notes") };
export type App = keyof typeof APPS;

/** Where a server runs already, a cluster for example: then no test starts its own. */
export const GIVEN = process.env.E2E_URL;

/** A PostgreSQL on which each server gets a database of its own; SQLite without it. */
const CLUSTER = process.env.E2E_POSTGRES;

/** What a server's own settings must not be mixed with. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TABKEY_")));
}

/** Where a new server keeps everything: the variables that say so. */
function database(folder: string): Record<string, string> {
  if (!CLUSTER) return { DATABASE_URL: `sqlite:${folder}/tabkey.db` };
  const name = basename(folder).replace(/\W/g, "_").toLowerCase();
  execFileSync("psql", [CLUSTER, "--quiet", "--command", `CREATE DATABASE ${name}`]);
  return { DATABASE_URL: CLUSTER.replace(/[^/]*$/, name), TABKEY_SECRET_KEY: "5a".repeat(32) };
}

/** The real server on a free port, with a database of its own. */
export class Server {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess | null,
    private readonly folder: string,
    private readonly database: Record<string, string>,
    private readonly lines: string[],
    private readonly app: App = "tabkey",
  ) {}

  /** One that runs already; it is neither frozen nor stopped, and its log is not ours to read. */
  static given(url: string): Server {
    return new Server(url, null, "", {}, []);
  }

  /** `settings` are environment variables. */
  static async start(settings: Record<string, string>, app: App = "tabkey"): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "tabkey-end2end-"));
    const kept = database(folder);
    const child = spawn(join(target, "debug", app), [], {
      cwd: APPS[app],
      env: {
        ...environment(),
        ...kept,
        LEPTOS_SITE_ADDR: "127.0.0.1:0",
        TABKEY_LIMITS__ENABLED: "false",
        TABKEY_MAIL__OUTBOX: `${folder}/outbox`,
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
    return new Server(url, child, folder, kept, lines, app);
  }

  /** The `tabkey` command on this server's database. */
  command(...words: string[]): string {
    return execFileSync(this.own().spawnfile, words, {
      cwd: APPS[this.app],
      env: { ...environment(), ...this.database },
      encoding: "utf8",
    });
  }

  /** Everything it has logged. */
  log(): string {
    this.own();
    return this.lines.join("");
  }

  /** Stands still, as behind a network that drops everything, until `resume`. */
  freeze(): void {
    this.own().kill("SIGSTOP");
  }

  resume(): void {
    this.own().kill("SIGCONT");
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private own(): ChildProcess {
    if (!this.child) throw new Error("the server at E2E_URL was started by somebody else");
    return this.child;
  }
}
