import { z } from "zod";

const Addresses = z.object({ v4: z.string(), v6: z.string() });
const Peer = z.object({
  key: z.string(),
  subnet: Addresses,
  host: z.string(),
  port: z.number(),
});
const Program = z.object({
  name: z.string(),
  routes: z.array(z.object({ address: z.string(), targets: z.array(z.string()) })),
  attached: z.array(
    z.object({ instance: Addresses, namespace: Addresses, peer: z.string().exactOptional() }),
  ),
  admits: z.array(z.number()),
  isExclusive: z.boolean(),
});
const Local = z.object({
  service: z.string(),
  number: z.number(),
  namespace: Addresses,
  instance: Addresses,
  tenant: z.number(),
});

/** What a worker is asked. */
export const WorkerQuestion = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("start"),
    subnet: Addresses,
    underlay: z.object({ address: z.string(), port: z.number() }),
    /** Where the data plane may keep files. */
    folder: z.string(),
  }),
  z.object({ kind: z.literal("connect"), pid: z.number() }),
  z.object({ kind: z.literal("local"), local: Local }),
  z.object({ kind: z.literal("peer"), peer: Peer }),
  z.object({ kind: z.literal("program"), program: Program }),
  /** Brings the number of services that nobody calls to this. */
  z.object({ kind: z.literal("fill"), services: z.number() }),
  /** Adds so many services beyond those, one after another, and takes them out again. */
  z.object({ kind: z.literal("add"), count: z.number() }),
  /** The answer when the first packet to one of its addresses comes. */
  z.object({ kind: z.literal("resolve"), program: Program }),
  z.object({ kind: z.literal("state") }),
  /** Removes all that was made. */
  z.object({ kind: z.literal("end") }),
]);
export type WorkerQuestion = z.infer<typeof WorkerQuestion>;

/** A namespace that is connected to the bridge. */
export const Connected = z.object({ namespace: Addresses });
/** When a program stood, on the machine's own clock, and when it was begun with. */
export const Programmed = z.object({ beganMs: z.number(), endedMs: z.number() });
/** How long all of it took. */
export const Filled = z.object({ ms: z.number() });
/** Milliseconds, one for each service. */
export const Added = z.array(z.number());
export const WorkerState = z.object({
  services: z.number(),
  peers: z.number(),
  firstPackets: z.number(),
  repairs: z.number(),
  /** The longest that the main loop was held since the last time, milliseconds. */
  longestHoldMs: z.number(),
});
export type WorkerState = z.infer<typeof WorkerState>;
