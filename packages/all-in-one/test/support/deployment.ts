import type { InstanceView } from "@oak/contracts";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { System } from "./system.ts";

export interface Deployment {
  application: string;
  service: string;
}

/** Posts an SLA and as many instances of its first service. Nothing needs to run yet when it answers. */
export async function deploy(
  { api }: Pick<System, "api">,
  sla: unknown,
  count: number,
): Promise<Deployment> {
  const { id, services } = await api.createApplication(sla);
  const service = services[0]!;
  for (let made = 0; made < count; made += 1) await api.addInstance(service);
  return { application: id, service };
}

/** Waits until the root shows exactly `count` instances, all RUNNING. */
export async function untilRunning(
  { api }: Pick<System, "api">,
  service: string,
  count: number,
): Promise<InstanceView[]> {
  return eventually(async () => {
    const { instance_list: instances } = await api.service(service);
    const states = instances.map(({ status, status_detail }) => `${status}: ${status_detail}`);
    expect(states).toEqual(Array(count).fill(expect.stringMatching(/^RUNNING: /)));
    return instances;
  });
}

/** The page of an instance on the host port that it shows. Its socket may open after its process starts. */
export async function fetchPage({ published_ports }: InstanceView): Promise<string> {
  const port = Number.parseInt(published_ports, 10);
  return eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    expect(response.status).toBe(200);
    return (await response.text()).trim();
  });
}
