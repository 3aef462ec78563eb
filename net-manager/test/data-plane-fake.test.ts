import { createFakeDataPlane, type FakeDataPlane } from "../src/adapters/fake/fake-data-plane.ts";
import { conformsToDataPlane } from "./data-plane-conformance.ts";
import type { Stage } from "./data-plane-stage.ts";

conformsToDataPlane(async (): Promise<Stage> => {
  const living = new Map<number, string>();
  const open = (): FakeDataPlane =>
    createFakeDataPlane({ namespaceOf: (pid) => (living.has(pid) ? `4:${pid}` : undefined) });
  const current = open();
  const begin = (name: string): number => {
    const pid = living.size + 1;
    living.set(pid, name);
    return pid;
  };
  const slotOf = (pid: number) => current.slots().find(({ id }) => id === `4:${pid}`);
  const named = (outcome: Awaited<ReturnType<FakeDataPlane["dial"]>>): string => {
    if (typeof outcome === "string") return outcome;
    const slot = current.slots().find(({ namespace }) => isOf(namespace, outcome.server));
    return living.get(Number(slot?.id.slice(2))) ?? "nobody";
  };

  return {
    plane: current,
    subnet: { v4: "10.18.1.64", v6: "fc00::100" },
    underlay: { address: "192.0.2.1", port: 50_103 },
    player: async (name) => {
      const pid = begin(name);
      const dialler = () => slotOf(pid)?.namespace ?? { v4: "", v6: "" };
      return {
        name,
        pid,
        dial: async (address) => named(await current.dial(dialler(), address)),
        hangUp: (address) => {
          for (const client of Object.values(dialler())) current.hangUp(client, address);
        },
        end: async () => {
          living.delete(pid);
          current.vanish(`4:${pid}`);
        },
      };
    },
    pids: (count) => Array.from({ length: count }, () => begin("sleeper")),
    dialPort: async (port) => named(current.dialPort(port)),
    nextPlane: () => current,
    remove: async () => {},
  };
});

function isOf({ v4, v6 }: { v4: string; v6: string }, address: string): boolean {
  return address === v4 || address === v6;
}
