import { hostPorts } from "../src/adapters/host-ports.ts";
import type { DataPlane } from "../src/ports.ts";
import type { NetManagerOptions } from "../src/service.ts";
import { type Bed, type Machine, makeBed } from "./data-plane-bed.ts";
import { type Harness, startHarnessOn } from "./harness.ts";

/** A net-manager whose kernel is a machine of its own; its socket and its cluster are where the test is. */
export interface RealHarness extends Harness<DataPlane> {
  bed: Bed;
  machine: Machine;
}

export async function startRealHarness(
  options: (bed: Bed, machine: Machine) => Promise<Partial<NetManagerOptions>> = async () => ({}),
): Promise<RealHarness> {
  const bed = makeBed();
  const machine = bed.machine();
  const harness = await startHarnessOn<DataPlane>(() => machine.dataPlane({ tunnelIdleMs: 100 }), {
    hostPorts,
    sourceAddressTo: async () => machine.host,
    idleMs: 200,
    sweepMs: 100,
    settleMs: 50,
    addressCheckMs: 600_000,
    ...(await options(bed, machine)),
  }).catch(async (error: unknown) => {
    await bed.remove();
    throw error;
  });
  harness.cluster.subnet = { address: machine.subnet.v4, addressv6: machine.subnet.v6 };
  const { stop } = harness;
  return Object.assign(harness, {
    bed,
    machine,
    stop: async () => {
      await stop();
      await bed.remove();
    },
  });
}

/** What comes and goes with the first frame on a link. */
const passing = /\bfe80:|^anycast |^multicast |^(33:33|01:00:5e):/;

/** All that a worker has in its kernel, as lines. What differs between two looks is what has been made or left. */
export function kernelState({ run }: Machine): string[] {
  const links = run("ip", "-br", "link").replaceAll(/(@\S+)?\s.*/g, "");
  const others = [
    run("ip", "-o", "address").replaceAll(/^\d+: |valid_lft.*/gm, ""),
    run("ip", "route", "show", "table", "all"),
    run("ip", "-6", "route", "show", "table", "all"),
    run("ip", "neighbour", "show", "nud", "permanent"),
    run("bridge", "fdb", "show"),
    run("nft", "--stateless", "list", "ruleset"),
  ];
  return [links, ...others]
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replace(" linkdown", "").trimEnd())
    .filter((line) => !passing.test(line));
}
