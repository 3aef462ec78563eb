import type { Candidate, FreeShape, Need } from "@oak/contracts";
import { amountsRefusal } from "./demand.ts";
import { type HeldAmounts, heldAmounts } from "./holds.ts";
import { CODE, FITS, REFUSAL_REASONS, type RefusalReason } from "./refusal-reasons.ts";
import { shapesRefusal } from "./shapes.ts";
import { amountsOf, capacityOf, subtract } from "./units.ts";

export type Fit = { ok: true } | { ok: false; reason: RefusalReason };

/**
 * Whether a hold of `need` may be added to what the document already holds, by the same definition of
 * "left" as the table's. Only capacity and host ports are judged: whether the candidate is alive or suits
 * the service is the scheduler's question. `exceptKey` is the hold that this one replaces.
 */
export function fits(candidate: Candidate, need: Need, exceptKey?: string): Fit {
  const held = heldAmounts(candidate.holds, exceptKey);
  const refusal =
    candidate.free_shapes === undefined
      ? fitsHost(candidate, need, held)
      : fitsShapes(candidate.free_shapes, need, held);
  const reason = REFUSAL_REASONS[refusal - 1];
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

function fitsHost(candidate: Candidate, need: Need, held: HeldAmounts): number {
  const left = subtract(capacityOf(candidate.allocatable), held);
  return (
    amountsRefusal(left, amountsOf(need)) ||
    (need.host_ports.some((port) => held.ports.has(port)) ? CODE.host_port_taken : FITS)
  );
}

/** No platform is asked for here, so every shape counts. */
const ANY_PLATFORM = new Uint8Array(1);

function fitsShapes(shapes: readonly FreeShape[], need: Need, held: HeldAmounts): number {
  const claimsOfPorts = need.host_ports.reduce((sum, port) => sum + (held.ports.get(port) ?? 0), 0);
  return shapesRefusal(
    shapes.map((shape) => ({ ...capacityOf(shape), count: shape.count, traits: 0 })),
    amountsOf(need),
    ANY_PLATFORM,
    { ...held, claimsOfPorts },
  );
}
