import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a client saw, or what became of it. */
export interface Answer {
  server?: string;
  client?: string;
  dialled?: string;
  error?: string;
  ms: number;
}

/** A process in a network namespace of its own, without any interface at first. */
export interface Workload {
  name: string;
  pid: number;
  /** Serves TCP and UDP of both families. */
  listen(port: number): Promise<void>;
  ask(host: string, port: number, timeoutMs?: number): Promise<Answer>;
  /** The same, and stays connected until {@link Workload.endStream}, or the next one to the same host. */
  hold(host: string, port: number, timeoutMs?: number): Promise<Answer>;
  /** With one packet, which nobody sends again. */
  askUdp(host: string, port: number, timeoutMs?: number): Promise<Answer>;
  pour(host: string, port: number, bytes: number): Promise<{ received?: number; error?: string }>;
  stream(host: string, port: number): Promise<{ error?: string }>;
  relay(port: number, target: { host: string; to: number; delayMs: number }): Promise<void>;
  roundTrip(host: string, port: number, timeoutMs: number): Promise<number | undefined>;
  endStream(host: string): Promise<{ longestMs: number; answers: number; error?: string }>;
  /** Runs a program in its namespace; answers what it prints. */
  run(program: string, ...args: string[]): string;
  end(): Promise<void>;
}

interface Reply {
  id: number;
  result: unknown;
  failure?: string;
}

/** @param namespace path of the one in which it runs; else it has an empty one of its own */
export async function startWorkload(name: string, namespace?: string): Promise<Workload> {
  const script = fileURLToPath(new URL("data-plane-agent.mjs", import.meta.url));
  const [program, where] = namespace ? ["nsenter", `--net=${namespace}`] : ["unshare", "--net"];
  const child = spawn(program, [where, process.execPath, script, name], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const order = orderVia(child);
  await once(child, "message");
  return {
    name,
    pid: child.pid ?? 0,
    listen: (port) => order("listen", { port }),
    ask: (host, port, timeoutMs) => order("ask", { host, port, timeoutMs }),
    hold: (host, port, timeoutMs) => order("ask", { host, port, timeoutMs, isHeld: true }),
    askUdp: (host, port, timeoutMs) => order("askUdp", { host, port, timeoutMs }),
    pour: (host, port, bytes) => order("pour", { host, port, bytes }),
    stream: (host, port) => order("stream", { host, port }),
    relay: (port, target) => order("relay", { port, ...target }),
    roundTrip: (host, port, timeoutMs) => order("roundTrip", { host, port, timeoutMs }),
    endStream: (host) => order("endStream", { host }),
    run: (program, ...args) =>
      execFileSync("nsenter", ["-t", String(child.pid), "-n", program, ...args], {
        encoding: "utf8",
      }),
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function orderVia(child: ChildProcess) {
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  child.on("message", (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  return <T>(order: string, options: object): Promise<T> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ result, failure }) => {
        if (failure === undefined) resolve(result as T);
        else reject(new Error(failure));
      });
      child.send({ id: last, order, options });
    });
}
