import { describe } from "vitest";
import { makeBed } from "./data-plane-bed.ts";
import { conformsToDataPlane } from "./data-plane-conformance.ts";
import type { Stage } from "./data-plane-stage.ts";

const canMakeNamespaces = process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("of the kernel", () => {
  conformsToDataPlane(async (): Promise<Stage> => {
    const bed = makeBed();
    const machine = bed.machine();
    const outside = await bed.workload("outside", bed.machine().path);
    return {
      plane: machine.dataPlane(),
      subnet: machine.subnet,
      underlay: { address: machine.host, port: 50_103 },
      player: async (name) => {
        const workload = await bed.workload(name);
        await workload.listen(80);
        return {
          name,
          pid: workload.pid,
          dial: async (address, patienceMs) => said(await workload.hold(address, 80, patienceMs)),
          hangUp: (address) => void workload.endStream(address),
          end: workload.end,
        };
      },
      pids: bed.emptyNamespaces,
      dialPort: async (port) => said(await outside.ask(machine.host, port)),
      nextPlane: () => machine.dataPlane(),
      remove: bed.remove,
    };
  });
});

function said({ server, error }: { server?: string; error?: string }): string {
  return server ?? (error === "TIMEOUT" ? "silent" : "refused");
}
