import { z } from "zod";

/** What a probe is asked. */
export const ProbeQuestion = z.discriminatedUnion("kind", [
  /** Is it there? */
  z.object({ kind: z.literal("hello") }),
  /** Listens, and from then on gives every byte back: it hears no further question. */
  z.object({ kind: z.literal("serve"), port: z.number() }),
  /** Round trips of one byte: over one connection, or each over a new one. */
  z.object({
    kind: z.literal("measure"),
    address: z.string(),
    port: z.number(),
    way: z.enum(["steady", "connect"]),
    count: z.number(),
  }),
  /** Connects again and again until it works. */
  z.object({
    kind: z.literal("reach"),
    address: z.string(),
    port: z.number(),
    withinMs: z.number(),
  }),
]);
export type ProbeQuestion = z.infer<typeof ProbeQuestion>;

/** How round trips are made. */
export type Way = Extract<ProbeQuestion, { kind: "measure" }>["way"];

/** Microseconds, one for each round trip. */
export const RoundTrips = z.array(z.number());
/** Socket on which a server listens. */
export const Serving = z.object({ listener: z.number() });
/** When it began to try, and when the first connection stood, on the machine's own clock. */
export const Reached = z.object({ beganMs: z.number(), atMs: z.number() });
export type Reached = z.infer<typeof Reached>;
