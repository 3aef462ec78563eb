import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type CrowdCommand, CrowdEvent, type CrowdSettings, type CrowdState } from "./messages.ts";

/** The simulated workers, in a process of their own so that its CPU can be told from the system's. */
export interface CrowdProcess {
  readonly pid: number;
  /** Resolves when `to` workers have registered and are online. */
  grow(to: number): Promise<CrowdState>;
  look(): Promise<CrowdState>;
  /** Hears everything that happens from now on. @returns what ends it */
  listen(listener: (event: CrowdEvent) => void): () => void;
  stop(): Promise<void>;
}

/** As many workers register at a time as a site might switch on. */
const registeringAtOnce = 64;

export function startCrowdProcess(settings: CrowdSettings): CrowdProcess {
  const program = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = fork(program, [JSON.stringify(settings)], {
    // Thousands of sessions are young for a moment only; a process that is measured beside must not wait for them.
    execArgv: ["--max-semi-space-size=32", "--max-old-space-size=4096"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("The process of the simulated workers did not start");
  const ended = once(child, "exit").then(() => {
    throw new Error("The process of the simulated workers has ended");
  });
  ended.catch(() => undefined);
  // Whoever asks a process that has ended hears of it by `ended`.
  child.on("error", () => undefined);
  const listeners = new Set<(event: CrowdEvent) => void>();
  child.on("message", (message) => {
    const event = CrowdEvent.parse(message);
    for (const listener of [...listeners]) listener(event);
  });

  const listen = (listener: (event: CrowdEvent) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const ask = async (command: CrowdCommand): Promise<CrowdState> => {
    let end = (): void => undefined;
    const answered = new Promise<CrowdState>((resolve) => {
      end = listen((event) => {
        if (event.kind === "state") resolve(event.state);
      });
    });
    child.send(command);
    try {
      return await Promise.race([answered, ended]);
    } finally {
      end();
    }
  };

  return {
    pid,
    grow: (to) => ask({ kind: "grow", to, atOnce: registeringAtOnce }),
    look: () => ask({ kind: "look" }),
    listen,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.send({ kind: "stop" } satisfies CrowdCommand);
      await exited;
    },
  };
}
