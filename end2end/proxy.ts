import { createServer, request, type IncomingMessage, type Server as Listener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";

/** What befalls a call; `reply` cuts and holds act after the server has answered, so whatever it did is done. */
export type Fault =
  | { do: "nothing" }
  | { do: "cut-reply" }
  | { do: "hold-request" }
  | { do: "hold-reply" }
  | { do: "answer"; status: number; headers?: Record<string, string>; body?: string }
  | { do: "rewrite"; change: (page: string) => string }
  | { do: "strip"; header: string }
  | { do: "strip-reply"; header: string }
  | { do: "throttle"; bytes: number; every: number };

/** A fault in place: each of its hits can be awaited, and what it holds let go. */
export class Rule {
  hits = 0;
  private readonly waiting: { count: number; done: () => void }[] = [];
  private held: (() => void)[] = [];

  constructor(
    readonly path: string,
    readonly fault: Fault,
    private left: number,
  ) {}

  matches(path: string): boolean {
    return this.left > 0 && path === this.path;
  }

  take(): void {
    this.left -= 1;
  }

  /** The fault has happened `count` times. */
  async happened(count = 1): Promise<void> {
    if (this.hits < count) await new Promise<void>((done) => this.waiting.push({ count, done }));
  }

  hit(): void {
    this.hits += 1;
    for (const { count, done } of this.waiting) if (this.hits >= count) done();
  }

  async hold(): Promise<void> {
    const released = new Promise<void>((go) => this.held.push(go));
    this.hit();
    await released;
  }

  /** Lets the last `hold`s go first, if asked: replies pass out of order. */
  release(order: "first" | "last" | "all" = "all"): void {
    if (order === "first") this.held.shift()?.();
    else if (order === "last") this.held.pop()?.();
    else this.held.splice(0).forEach((go) => go());
  }

  /** No further call meets it; what it holds goes on. */
  end(): void {
    this.left = 0;
    this.release();
  }
}

/** Stands between a browser and the server, and does to calls what bad networks do. */
export class Proxy {
  private rules: Rule[] = [];
  private dead = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private to: URL,
    private readonly listener: Listener,
  ) {}

  static async before(server: string): Promise<Proxy> {
    const listener = createServer();
    const proxy = new Proxy(new URL(server), listener);
    listener.on("request", (call, reply) => void proxy.pass(call, reply).catch(() => reply.destroy()));
    listener.on("connection", (socket) => {
      if (proxy.dead) return void socket.destroy();
      proxy.sockets.add(socket);
      socket.on("close", () => proxy.sockets.delete(socket));
    });
    await new Promise<void>((ready) => listener.listen(0, "127.0.0.1", ready));
    return proxy;
  }

  /** From now on it stands before another one: for a server that has to know the address of its proxy. */
  turnTo(server: string): void {
    this.to = new URL(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  once(path: string, fault: Fault): Rule {
    return this.times(1, path, fault);
  }

  always(path: string, fault: Fault): Rule {
    return this.times(Infinity, path, fault);
  }

  times(count: number, path: string, fault: Fault): Rule {
    const rule = new Rule(path, fault, count);
    this.rules.push(rule);
    return rule;
  }

  /** No fault is left. */
  calm(): void {
    this.rules.splice(0).forEach((rule) => rule.end());
  }

  /** Every connection ends, and none is accepted, until `revive`. */
  die(): void {
    this.dead = true;
    this.sockets.forEach((socket) => socket.destroy());
  }

  revive(): void {
    this.dead = false;
  }

  async stop(): Promise<void> {
    this.calm();
    this.die();
    await new Promise((done) => this.listener.close(done));
  }

  private async pass(call: IncomingMessage, reply: ServerResponse): Promise<void> {
    const path = new URL(call.url ?? "/", this.url).pathname;
    const rule = this.rules.find((each) => each.matches(path));
    rule?.take();
    const fault = rule?.fault;
    if (fault?.do === "answer") {
      call.resume();
      reply.writeHead(fault.status, { "content-type": "application/json", ...fault.headers }).end(fault.body ?? "{}");
      return rule?.hit();
    }
    if (fault?.do === "hold-request") await rule?.hold();
    const headers = { ...call.headers };
    if (fault?.do === "strip") delete headers[fault.header];
    if (fault?.do === "rewrite") delete headers["accept-encoding"];
    if (fault?.do === "strip" || fault?.do === "nothing") rule?.hit();
    const answer = await new Promise<IncomingMessage>((answered, failed) => {
      const { hostname, port } = this.to;
      const onward = request({ hostname, port, path: call.url, method: call.method, headers }, answered);
      onward.on("error", failed);
      reply.on("close", () => reply.writableFinished || fault?.do === "cut-reply" || onward.destroy());
      call.pipe(onward);
    });
    if (fault?.do === "cut-reply") {
      answer.resume();
      reply.destroy();
      return rule?.hit();
    }
    if (fault?.do === "hold-reply") await rule?.hold();
    if (fault?.do === "rewrite") {
      const page = Buffer.from(fault.change(await text(answer)));
      reply.writeHead(answer.statusCode ?? 502, [...without(answer, "content-length"), "content-length", `${page.length}`]).end(page);
      return rule?.hit();
    }
    // Raw, so that several Set-Cookie stay several; sent at once, so that a stream is seen to open.
    reply.writeHead(answer.statusCode ?? 502, fault?.do === "strip-reply" ? without(answer, fault.header) : answer.rawHeaders);
    if (fault?.do === "strip-reply") rule?.hit();
    reply.flushHeaders();
    if (fault?.do !== "throttle") return void answer.pipe(reply);
    rule?.hit();
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += fault.bytes) {
        reply.write(chunk.subarray(at, at + fault.bytes));
        await new Promise((later) => setTimeout(later, fault.every));
      }
    }
    reply.end();
  }
}

/** Names and values in turn, but for one name. */
function without(answer: IncomingMessage, header: string): string[] {
  const raw = answer.rawHeaders;
  return raw.filter((_, at) => raw[at - (at % 2)]!.toLowerCase() !== header);
}
