import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { createLogger, createMetrics } from "@oak/kit";
import { type DataPlane, openDataPlane, type ServiceProgram } from "@oak/net-manager";
import { machineMs } from "../clock.ts";
import { farPeer, farPeers, farService, serviceRanges } from "./addresses.ts";
import type { WorkerQuestion } from "./messages.ts";

/** One worker: the data plane of the namespace in which this runs, told what to do by the bench. */
export interface WorkerHost {
  answer(question: WorkerQuestion): Promise<unknown>;
}

/** The many are told of in such portions, between which packets that wait are looked after. */
const servicesAtOnce = 100;
const delayResolutionMs = 1;

export function createWorkerHost(): WorkerHost {
  const delays = monitorEventLoopDelay({ resolution: delayResolutionMs });
  const resolvable = new Map<string, ServiceProgram>();
  let opened: DataPlane | undefined;
  let services = 0;
  let peers = 0;

  const plane = (): DataPlane => {
    if (opened === undefined) throw new Error("This worker was not started");
    return opened;
  };

  const start = async (question: Of<"start">): Promise<void> => {
    const { subnet, underlay, folder } = question;
    opened = openDataPlane({
      settings: { serviceRanges },
      stateFolder: join(folder, underlay.address),
      logger: createLogger({ name: "net-manager", level: "warn" }),
      metrics: createMetrics({ service: "net-manager" }),
    });
    await opened.start({ subnet, underlay });
    opened.onUnknown(({ address }) => resolve(address));
    opened.settled();
    delays.enable();
  };

  const resolve = (address: string): void => {
    const program = resolvable.get(address);
    if (program !== undefined) plane().setService(program);
    plane().answer(address, program === undefined ? { unknownForMs: 1000 } : "known");
  };

  const fill = async (to: number): Promise<{ ms: number }> => {
    const beganMs = performance.now();
    for (const last = farPeers(to); peers < last; peers += 1) plane().setPeer(farPeer(peers));
    while (services < to) {
      const portion = Math.min(to, services + servicesAtOnce);
      for (; services < portion; services += 1) plane().setService(farService(services));
      await turn();
    }
    return { ms: performance.now() - beganMs };
  };

  const add = async (count: number): Promise<number[]> => {
    const numbers = Array.from({ length: count }, (_, index) => services + index);
    const times: number[] = [];
    for (const number of numbers) {
      const program = farService(number);
      const beganMs = performance.now();
      plane().setService(program);
      times.push(performance.now() - beganMs);
      await turn();
    }
    for (const number of numbers) plane().removeService(farService(number).name);
    return times;
  };

  const setProgram = (program: ServiceProgram): { beganMs: number; endedMs: number } => {
    const beganMs = machineMs();
    plane().setService(program);
    return { beganMs, endedMs: machineMs() };
  };

  const state = (): object => {
    const longestHoldMs = delays.max / 1e6;
    delays.reset();
    return { ...plane().state(), longestHoldMs };
  };

  const answers: { [K in WorkerQuestion["kind"]]: (question: Of<K>) => unknown } = {
    start,
    connect: ({ pid }) => plane().connect(pid),
    local: ({ local }) => plane().setLocal({ ...local, ports: [] }),
    peer: ({ peer }) => plane().setPeer(peer),
    program: ({ program }) => setProgram(program),
    fill: (question) => fill(question.services),
    add: ({ count }) => add(count),
    resolve: ({ program }) => {
      for (const { address } of program.routes) resolvable.set(address, program);
    },
    state,
    end: () => opened?.uninstall(),
  };

  return {
    answer: async (question) =>
      (answers[question.kind] as (of: WorkerQuestion) => unknown)(question),
  };
}

type Of<K extends WorkerQuestion["kind"]> = Extract<WorkerQuestion, { kind: K }>;
