import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Bed, type Machine, makeBed } from "./data-plane-bed.ts";
import { eventually } from "./harness.ts";
import { kernelState } from "./real-harness.ts";

const canMakeNamespaces = process.getuid?.() === 0;
/** A pair costs the kernel some eight milliseconds of a core, so that all ten thousand are too many for each run of the suite. */
const cycles = Number(process.env["CHURN_CYCLES"] ?? 1_600);
/** The kernel waits most of the time that a pair takes, so that several machines are done hardly later than one. */
const machines = 4;
const workloads = 50;
const rounds = cycles / machines / workloads;
/** They are shared out among four services. */
const targetsOfServices = [Math.floor(workloads / 4), Math.ceil(workloads / 4)];

/** What the collector and the allocator leave undecided. */
const waveringMb = 12;

interface Answer {
  slots: number;
  services: number;
  rssMb: number;
}

interface Worker {
  machine: Machine;
  pids: readonly number[];
  order(order: "start" | "run" | "uninstall", options?: object): Promise<Answer>;
}

describe.skipIf(!canMakeNamespaces)("workloads on a real kernel, thousands", () => {
  let bed: Bed;
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    bed = makeBed();
    folder = await mkdtemp(path.join(tmpdir(), "oak-churn-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exited = once(child, "exit");
      if (child.kill("SIGKILL")) await exited;
    }
    await bed.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const aWorker = (index: number): Worker => {
    const machine = bed.machine();
    const pids = bed.emptyNamespaces(workloads);
    const { subnet, host } = machine;
    const stateFolder = path.join(folder, String(index));
    const child = launch(machine, { subnet, host, stateFolder, pids });
    children.push(child);
    return { machine, pids, order: orderVia(child) };
  };

  test("come and go, and leave no address, pair, route, rule, element or memory behind", async () => {
    const workers = Array.from({ length: machines }, (_, index) => aWorker(index));
    const churn = async ({ machine, pids, order }: Worker): Promise<void> => {
      const untouched = kernelState(machine);
      await order("start");
      await order("run", { rounds: 2 });
      // Chains for a number of targets are made soon after it first occurs, and stay.
      await eventually(() => {
        const rules = kernelState(machine).join("\n");
        for (const targets of targetsOfServices) expect(rules).toContain(` mod ${targets} `);
      }, 60_000);
      const before = await lookAt(machine, pids);
      const early = await order("run", { rounds: rounds / 4 });
      const late = await order("run", { rounds: rounds - rounds / 4 });
      expect(late).toMatchObject({ slots: 0, services: 0 });
      expect(await lookAt(machine, pids)).toEqual(before);
      expect(late.rssMb).toBeLessThan(early.rssMb + waveringMb);
      await order("uninstall");
      expect(kernelState(machine)).toEqual(untouched);
    };
    await Promise.all(workers.map(churn));
  }, 600_000);
});

/** All that it has in the kernel, in each of the namespaces too, once the leases of exclusive instances are over. */
async function lookAt(machine: Machine, pids: readonly number[]) {
  const kernel = await eventually(() => {
    const state = kernelState(machine);
    expect(state.join("\n")).not.toMatch(/ timeout \d/);
    return state;
  }, 60_000);
  const insides = pids.map((pid) => {
    const devices = readFileSync(`/proc/${pid}/net/dev`, "utf8").match(/^\s*[^|:\n]+(?=:)/gm) ?? [];
    return devices.map((name) => name.trim());
  });
  return { kernel, insides };
}

function launch({ path: namespace }: Machine, options: object): ChildProcess {
  const script = fileURLToPath(new URL("churn-agent.mjs", import.meta.url));
  const flags = ["--expose-gc", "--max-semi-space-size=1"];
  const program = [process.execPath, ...flags, script, JSON.stringify(options)];
  return spawn("nsenter", [`--net=${namespace}`, ...program], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

function orderVia(child: ChildProcess): Worker["order"] {
  return async (order, options = {}) => {
    const answered = once(child, "message");
    child.send({ order, ...options });
    const [answer] = (await answered) as [Answer | { error: string }];
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  };
}
