import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach(end));

/** Starts a program in a group of its own, which ends with this process at the latest. */
export function start(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  return child;
}

/** Ends it at once, with all that it has started. */
export function end(child: ChildProcess): void {
  if (!running.delete(child) || !child.pid) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
