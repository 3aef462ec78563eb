import { afterEach, expect, test } from "vitest";
import { anSla } from "./support/an-sla.ts";
import { deploy } from "./support/deployment.ts";
import { throughout } from "./support/eventually.ts";
import { untilExactly } from "./support/exactly.ts";
import { startFleetSystem } from "./support/fleet-system.ts";
import {
  deployMovable,
  expectServed,
  type Movable,
  untilMoved,
  untilSaid,
} from "./support/movable.ts";
import { shareOnBed } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";

const clusterEnv = { "cluster-manager": { WORKER_TIMEOUT_S: "2" } };
const shared = shareOnBed((bed) =>
  startFleetSystem(bed, { workers: ["w1", "w2", "w3"], runtime: "fake", clusterEnv }),
);

// A machine fetches an image once: tests that need it to take a while have one each.
let movable: Movable;
const given = async (code = "fake/ok"): Promise<Movable> => {
  movable = await deployMovable(shared.system, code);
  return movable;
};
const untilOne = () => untilExactly(shared.system, { service: movable.service, numbers: [0] });

afterEach(async () => {
  await shared.system.api.deleteApplication(movable.application).catch(() => undefined);
  await untilNothingIsLeft(shared.system);
});

test("an instance moves to the worker that is named, and is served throughout", async () => {
  const { system } = shared;
  const { service, others } = await given();
  const node = others[1]!.id;
  await system.api.moveInstance(service, 0, { node, drain_s: 1 });
  await throughout(() => expectServed(system, movable), untilMoved(system, movable, node));
  await throughout(() => expectServed(system, movable), untilOne());
});

test("without a name it moves to another worker", async () => {
  const { system } = shared;
  const { service } = await given();
  await system.api.moveInstance(service, 0, { drain_s: 0 });
  await untilMoved(system, movable);
  await untilOne();
});

test("it moves back and forth, and keeps its number", async () => {
  const { system } = shared;
  const { service, others, workerId } = await given();
  for (const node of [others[0]!.id, workerId, others[1]!.id]) {
    await system.api.moveInstance(service, 0, { node, drain_s: 0 });
    await untilMoved(system, movable, node);
    await untilOne();
  }
});

test("a worker that there is not is said to be missing, and the instance stays", async () => {
  const { system } = shared;
  const { service } = await given();
  const before = await system.copies();
  const node = "0123456789abcdef01234567";
  await system.api.moveInstance(service, 0, { node });
  await untilSaid(system, movable, /^not moved: This cluster has no worker 0123/);
  await untilExactly(system, { service, numbers: [0] }, before);
});

test("the new worker dies in the middle: the instance stays where it was", async () => {
  const { system } = shared;
  const { service, others } = await given("fake/slow-pull:4001ms");
  const before = await system.copies();
  const node = others[0]!.id;
  await system.api.moveInstance(service, 0, { node });
  await untilSaid(system, movable, /^moving to /);
  const chosen = others[0]!.process;
  await chosen.kill();
  await untilSaid(system, movable, /^not moved: .*silent/);
  await chosen.start();
  await untilExactly(system, { service, numbers: [0] }, before);
});

test("the old worker dies in the middle: the new copy takes over", async () => {
  const { system } = shared;
  const { service, others, holder } = await given("fake/slow-pull:4002ms");
  const node = others[0]!.id;
  await system.api.moveInstance(service, 0, { node });
  await untilSaid(system, movable, /^moving to /);
  await holder.process.kill();
  await untilMoved(system, movable, node);
  await holder.process.start();
  await untilOne();
});

test("an instance that is deleted in the middle leaves nothing on either worker", async () => {
  const { system } = shared;
  const { service, application } = await given("fake/slow-pull:4003ms");
  await system.api.moveInstance(service, 0);
  await untilSaid(system, movable, /^moving to /);
  await system.api.deleteApplication(application);
  await untilNothingIsLeft(system);
});

test("a service that must never run twice is not moved", async () => {
  const { system } = shared;
  const { service } = await given();
  const exclusive = anSla({ code: "fake/ok", onDisconnect: "exclusive" });
  const other = await deploy(system, exclusive, 1);
  await expect(system.api.moveInstance(other.service, 0)).rejects.toMatchObject({ status: 409 });
  await system.api.deleteApplication(other.application);
  await untilExactly(system, { service, numbers: [0] });
});
