import {
  addAllInOne,
  addSeparateServices,
  SERVICE_NAMES,
  type ServiceName,
  type TestBed,
} from "@oak/testkit";
import { loadDefaultPorts } from "../default-ports.ts";
import type { Watched } from "./watch-processes.ts";

/** A way to run the system. */
export const LAYOUTS = ["separate", "all-in-one", "no-worker"] as const;
export type LayoutName = (typeof LAYOUTS)[number];

/** Which tier each service belongs to. */
export const TIERS = {
  root: ["root-resource-abstractor", "root-scheduler", "root-network-manager", "system-manager"],
  cluster: [
    "cluster-resource-abstractor",
    "cluster-scheduler",
    "mqtt-broker",
    "cluster-manager",
    "cluster-network-manager",
  ],
} as const satisfies Record<string, readonly ServiceName[]>;

/** Starts everything of a layout with empty databases; what runs ends with the bed. */
export function startLayout(layout: LayoutName, bed: TestBed): Promise<Watched[]> {
  return layout === "separate" ? startSeparate(bed) : startTogether(layout, bed);
}

async function startSeparate(bed: TestBed): Promise<Watched[]> {
  const { services, start } = await addSeparateServices(bed, { withWorker: true });
  await start();
  return SERVICE_NAMES.map((name) => watched(name, services[name]?.pid));
}

async function startTogether(layout: LayoutName, bed: TestBed): Promise<Watched[]> {
  const args = layout === "no-worker" ? ["--no-worker"] : [];
  const ports = await loadDefaultPorts();
  const { process } = await addAllInOne(bed, { ports, name: layout, args });
  await process.start();
  return [watched(layout, process.pid)];
}

function watched(name: string, pid: number | undefined): Watched {
  if (pid === undefined) throw new Error(`${name} ended`);
  return { name, pid };
}
