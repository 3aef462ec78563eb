import type { Candidate, Need } from "@oak/contracts";
import { type Amounts, amountsOf, capacityOf, fromUnits, subtract } from "./units.ts";

/** What the holds of one candidate take together. */
export interface HeldAmounts extends Amounts {
  count: number;
  /** claims of each host port; more than one is possible at a cluster, which has many hosts */
  ports: Map<string, number>;
}

const nothing: Amounts = { vcpus: 0, memory: 0, vgpus: 0, addresses: 0 };

/** Adds up holds in units; `exceptKey` leaves out the hold that is about to be replaced. */
export function heldAmounts(holds: Candidate["holds"], exceptKey?: string): HeldAmounts {
  const held: HeldAmounts = { ...nothing, count: 0, ports: new Map() };
  for (const key in holds) {
    const hold = holds[key];
    if (hold === undefined || key === exceptKey) continue;
    const taken = amountsOf(hold);
    held.vcpus += taken.vcpus;
    held.memory += taken.memory;
    held.vgpus += taken.vgpus;
    held.addresses += taken.addresses;
    held.count += 1;
    for (const port of hold.host_ports) held.ports.set(port, (held.ports.get(port) ?? 0) + 1);
  }
  return held;
}

/** What the holds of a candidate take together, as a need: cores, MB, GPUs, host ports. */
export function sumHolds(holds: Candidate["holds"], exceptKey?: string): Need {
  const held = heldAmounts(holds, exceptKey);
  return {
    vcpus: fromUnits(held.vcpus),
    memory: fromUnits(held.memory),
    vgpus: fromUnits(held.vgpus),
    host_ports: [...held.ports.keys()],
  };
}

/**
 * What a candidate could still give if nothing more were held. A worker gives its allocatable. A cluster
 * with free shapes gives their sum (its own holds are already off); one without gives its allocatable.
 */
export function freeBeforeHolds(
  candidate: Pick<Candidate, "allocatable" | "free_shapes">,
): Amounts {
  const { allocatable, free_shapes: shapes } = candidate;
  if (shapes === undefined) return capacityOf(allocatable);
  const sum = { ...nothing };
  for (const shape of shapes) {
    const one = capacityOf(shape);
    sum.vcpus += one.vcpus * shape.count;
    sum.memory += one.memory * shape.count;
    sum.vgpus += one.vgpus * shape.count;
    sum.addresses += one.addresses * shape.count;
  }
  return sum;
}

/** Allocatable less holds of a worker, in units; negative where more is held than there is. */
export function leftOf(worker: Pick<Candidate, "allocatable" | "holds">): Amounts {
  return subtract(capacityOf(worker.allocatable), heldAmounts(worker.holds));
}
