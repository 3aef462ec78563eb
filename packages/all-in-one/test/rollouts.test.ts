import type { InstanceView, RolloutView } from "@oak/contracts";
import type { TestBed } from "@oak/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { addAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla, type ServiceWish } from "./support/an-sla.ts";
import { untilRunning } from "./support/deployment.ts";
import { eventually, throughout } from "./support/eventually.ts";
import { startFleetSystem } from "./support/fleet-system.ts";
import { shareOnBed } from "./support/shared-system.ts";
import type { System } from "./support/system.ts";

const rootEnv = { "system-manager": { OAK_ROLLOUT_READY_S: "1" } };

const separately = (bed: TestBed): Promise<System> =>
  startFleetSystem(bed, { workers: ["w1", "w2"], runtime: "fake", rootEnv });

async function inOne(bed: TestBed): Promise<System> {
  const system = await addAllInOneSystem(bed, { env: { OAK_RUNTIME: "fake" } });
  await system.program.process.start();
  return system;
}

describe.each([
  ["separate services", separately],
  ["all-in-one", inOne],
] as const)("%s:", (_name, start) => {
  const shared = shareOnBed<System>(start);
  let sla: { applications: { microservices: ServiceWish[] }[] };
  let application: string;
  let service: string;

  const given = async (): Promise<void> => {
    sla = anSla({ code: "fake/ok", cmd: ["1"], replicas: 2 }) as typeof sla;
    const made = await shared.system.api.createApplication(sla);
    application = made.id;
    service = made.services[0]!;
    await untilRunning(shared.system, service, 2);
  };
  const path = (rest = ""): string => `/api/service/${service}${rest}`;
  const update = (change: ServiceWish) =>
    shared.system.api.request("PUT", path(), {
      ...sla.applications[0]!.microservices[0],
      ...change,
    });
  const untilEnded = (state: RolloutView["state"]): Promise<RolloutView> =>
    eventually(async () => {
      const view = (await shared.system.api.request("GET", path("/rollout"))) as RolloutView;
      expect(view).toMatchObject({ state });
      return view;
    });
  const instances = async (): Promise<InstanceView[]> =>
    (await shared.system.api.service(service)).instance_list;
  const expectServed = async (): Promise<void> => {
    const running = (await instances()).filter(({ status }) => status === "RUNNING");
    expect(running.length).toBeGreaterThanOrEqual(2);
  };

  afterEach(() => shared.system.api.deleteApplication(application).catch(() => undefined));

  test("an update is made before the old one is broken, and a failing one goes back by itself", async () => {
    await given();
    const { api } = shared.system;
    expect(await update({ code: "fake/ok", cmd: ["2"] })).toMatchObject({ revision: 2 });
    await throughout(expectServed, untilEnded("completed"));
    const updated = await instances();
    expect(updated.map(({ revision, status }) => [revision, status])).toEqual([
      [2, "RUNNING"],
      [2, "RUNNING"],
    ]);
    expect(await update({ code: "fake/ok", cmd: ["2"] })).toMatchObject({ changed: false });

    await update({ code: "fake/crash-loop", cmd: ["2"] });
    const { reason, message } = await throughout(expectServed, untilEnded("rolled_back"));
    expect({ reason, message }).toEqual({
      reason: "restarts",
      message: expect.stringContaining("3"),
    });
    // Those that ran all the time are still there.
    expect((await instances()).map((one) => one.instance_number)).toEqual(
      updated.map((one) => one.instance_number),
    );

    await api.request("PUT", path("/scale"), { replicas: 4 });
    await untilRunning(shared.system, service, 4);
    await api.request("PUT", path("/scale"), { replicas: 1 });
    await untilRunning(shared.system, service, 1);
  });
});
