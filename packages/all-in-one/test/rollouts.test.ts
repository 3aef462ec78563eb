import type { InstanceView, RolloutView, SlaDiff } from "@oak/contracts";
import type { TestBed } from "@oak/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { addAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla, type ServiceWish } from "./support/an-sla.ts";
import { untilRunning } from "./support/deployment.ts";
import { eventually, throughout } from "./support/eventually.ts";
import { pretendedCopies, startFleetSystem } from "./support/fleet-system.ts";
import { inOrder, lifeOf } from "./support/running-copies.ts";
import { shareOnBed } from "./support/shared-system.ts";
import type { System } from "./support/system.ts";

const times = { OAK_ROLLOUT_READY_S: "0.5" };

const separately = (bed: TestBed): Promise<System> =>
  startFleetSystem(bed, {
    workers: ["w1", "w2"],
    runtime: "fake",
    rootEnv: { "system-manager": times },
  });

async function inOne(bed: TestBed): Promise<System> {
  const system = await addAllInOneSystem(bed, { env: { OAK_RUNTIME: "fake", ...times } });
  await system.program.process.start();
  return system;
}

interface Document {
  applications: { microservices: ServiceWish[] }[];
}

const aDocument = (...services: ServiceWish[]): Document => anSla(...services) as Document;
const web = (change: Partial<ServiceWish> = {}): ServiceWish => ({
  microservice_name: "web",
  code: "fake/ok",
  cmd: ["1"],
  replicas: 2,
  ...change,
});

describe.each([
  ["separate services", separately],
  ["all-in-one", inOne],
] as const)("%s:", (_name, start) => {
  const shared = shareOnBed<System>(start);

  const untilEnded = (service: string, state: RolloutView["state"]): Promise<RolloutView> =>
    eventually(async () => {
      const path = `/api/service/${service}/rollout`;
      const view = (await shared.system.api.request("GET", path)) as RolloutView;
      expect(view).toMatchObject({ state });
      return view;
    });
  const instances = async (service: string): Promise<InstanceView[]> =>
    (await shared.system.api.service(service)).instance_list;
  /** Two are wanted, and one more may be there. */
  const isServed = (service: string) => async (): Promise<void> => {
    const all = await instances(service);
    const running = all.filter(({ status }) => status === "RUNNING");
    expect(running.length).toBeGreaterThanOrEqual(2);
    expect(all.length).toBeLessThanOrEqual(3);
  };
  const lives = async () =>
    inOrder((await Promise.all(shared.system.stateDirs.map(pretendedCopies))).flat()).map(lifeOf);

  afterEach(async () => {
    const { api } = shared.system;
    for (const { applicationID } of await api.applications()) {
      await api.deleteApplication(applicationID);
    }
    await eventually(async () => expect(await lives()).toEqual([]));
  });

  test("applications become what a document says, make before break, and again changes nothing", async () => {
    const document = aDocument(web(), { code: "fake/ok", microservice_name: "api", replicas: 1 });
    document.applications.push(...aDocument(web({ replicas: 1 })).applications);
    const apply = async (): Promise<SlaDiff["applications"]> => {
      const answer = await shared.system.api.request("PUT", "/api/application/apply", document);
      return (answer as SlaDiff).applications;
    };
    const changes = (applications: SlaDiff["applications"]) =>
      applications.map(({ services }) => services.map(({ change }) => change));

    const made = await apply();
    expect(changes(made)).toEqual([["create", "create"], ["create"]]);
    const [service, gone] = made[0]!.services.map(({ service_id: id }) => id!) as [string, string];
    await untilRunning(shared.system, service, 2);
    await untilRunning(shared.system, gone, 1);
    await untilRunning(shared.system, made[1]!.services[0]!.service_id!, 1);

    const before = await lives();
    const turned = Object.entries({
      ...document.applications[0]!.microservices[0],
      one_shot: false,
    });
    document.applications[0]!.microservices[0] = Object.fromEntries(
      turned.toReversed(),
    ) as ServiceWish;
    expect(changes(await apply())).toEqual([["none", "none"], ["none"]]);
    expect(await lives()).toEqual(before);

    document.applications[0]!.microservices.splice(1, 1, {
      ...document.applications[0]!.microservices[1]!,
      microservice_name: "db",
    });
    document.applications[0]!.microservices[0]!.cmd = ["2"];
    const changed = await apply();
    expect(changes(changed)).toEqual([["update", "create", "delete"], ["none"]]);
    await throughout(isServed(service), untilEnded(service, "completed"));
    expect((await instances(service)).map(({ revision }) => revision)).toEqual([2, 2]);
    await untilRunning(shared.system, changed[0]!.services[1]!.service_id!, 1);
    await eventually(async () => expect(await lives()).toHaveLength(4));
    expect(changes(await apply())).toEqual([["none", "none"], ["none"]]);
  });

  test("a failing update goes back by itself, and the count follows what is asked for", async () => {
    const { api } = shared.system;
    const document = aDocument(web());
    const { services } = await api.createApplication(document);
    const service = services[0]!;
    const path = `/api/service/${service}`;
    await untilRunning(shared.system, service, 2);
    const before = await lives();

    const wish = document.applications[0]!.microservices[0];
    await api.request("PUT", path, { ...wish, code: "fake/crash-loop" });
    const ended = await throughout(isServed(service), untilEnded(service, "rolled_back"));
    expect(ended).toMatchObject({
      reason: "restarts",
      message: expect.stringMatching(/restarted 3 times: .*exit code 1.* of revision 1 again/),
    });
    // Those that ran all the time are still there.
    await eventually(async () => expect(await lives()).toEqual(before));

    await api.request("PUT", `${path}/scale`, { replicas: 4 });
    await untilRunning(shared.system, service, 4);
    await api.request("PUT", `${path}/scale`, { replicas: 1 });
    await untilRunning(shared.system, service, 1);
  });
});
