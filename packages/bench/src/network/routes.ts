import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Aim, BenchContext } from "../bench.ts";
import type { Cell } from "../report/result-folder.ts";
import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import { echoPort } from "./path.ts";
import { Reached } from "./probe/messages.ts";
import { Added, Programmed, WorkerState } from "./worker/messages.ts";
import { extraService, type OurPair } from "./worker/our-pair.ts";

/** What changes cost while many services stand. Milliseconds, but for the packets. */
export interface RouteSamples {
  services: number;
  /** One call of `setService` with a new service. */
  added: readonly number[];
  /** From the call of `setService` until a client that tries all the time is let in. */
  changed: readonly number[];
  /** First connection to an address that the worker has never heard of: the packet waits for its program. */
  first: readonly number[];
  /** That came to user space for one such address. */
  packets: readonly number[];
}

const addressPairs = 100;
const reachWithinMs = 5_000;
/** The client must be at it before the route changes. */
const headStartMs = 30;

/** @param samples of each kind, at most 90 */
export async function measureRoutes(
  ours: OurPair,
  { services, samples }: { services: number; samples: number },
  { signal }: BenchContext,
): Promise<RouteSamples> {
  const added = await ours.near.ask({ kind: "add", count: samples }, Added);
  const changed: number[] = [];
  const first: number[] = [];
  const packets: number[] = [];
  for (let number = 0; number < samples; number += 1) {
    signal.throwIfAborted();
    changed.push(await changeRoute(ours, number));
    const fresh = await reachUnknown(ours, addressPairs + number);
    first.push(fresh.ms);
    packets.push(fresh.packets);
  }
  return { services, added, changed, first, packets };
}

async function changeRoute({ near, client, programFor }: OurPair, number: number): Promise<number> {
  await near.ask({ kind: "program", program: programFor(number, "nobody") }, Programmed);
  const reached = client.probe.ask(reaching(number), Reached);
  // It is waited for below; a failure of what stands between must not leave it unheard.
  reached.catch(() => undefined);
  await delay(headStartMs);
  const question = { kind: "program", program: programFor(number, "server") };
  const { beganMs } = await near.ask(question, Programmed);
  return (await reached).atMs - beganMs;
}

async function reachUnknown(
  { near, client, programFor }: OurPair,
  number: number,
): Promise<{ ms: number; packets: number }> {
  await near.ask({ kind: "resolve", program: programFor(number, "server") }, z.unknown());
  const before = await near.ask({ kind: "state" }, WorkerState);
  const { beganMs, atMs } = await client.probe.ask(reaching(number), Reached);
  const after = await near.ask({ kind: "state" }, WorkerState);
  return { ms: atMs - beganMs, packets: after.firstPackets - before.firstPackets };
}

function reaching(number: number): object {
  const address = extraService(number);
  return { kind: "reach", address, port: echoPort, withinMs: reachWithinMs };
}

const labels = {
  added: "one service more",
  changed: "changed route lets a client in",
  first: "first connection to a new address",
} as const;
const kinds = ["added", "changed", "first"] as const;

export function describeRoutes(samples: RouteSamples): string {
  const rows = kinds.map((kind) => {
    const { min, p50, p95, max } = quantilesOf(samples[kind]);
    return [labels[kind], ...[min, p50, p95, max].map(toFigure)];
  });
  const title = `${toCount(samples.services)} in the maps, ms`;
  return toTextTable([title, "min", "p50", "p95", "max"], rows);
}

export function aimsOfRoutes({ services, added, changed, packets }: RouteSamples): Aim[] {
  const at = `${toCount(services)}:`;
  const ms = { unit: "ms" };
  return [
    { what: `${at} ${labels.added}, p50`, measured: quantilesOf(added).p50, atMost: 5, ...ms },
    { what: `${at} ${labels.changed}, p95`, measured: quantilesOf(changed).p95, atMost: 50, ...ms },
    {
      what: `${at} packets in user space for a new address, most`,
      measured: quantilesOf(packets).max,
      atMost: 1,
      unit: "",
    },
  ];
}

export function toRouteRows({ services, added, changed, first, packets }: RouteSamples) {
  return added.map(
    (ms, sample): Record<string, Cell> => ({
      services,
      sample,
      added: ms,
      changed: changed[sample] ?? "",
      first: first[sample] ?? "",
      packets: packets[sample] ?? "",
    }),
  );
}
