import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { anSla } from "./an-sla.ts";
import { deploy } from "./deployment.ts";
import { throughout } from "./eventually.ts";
import { untilConsistent, untilExactly } from "./exactly.ts";
import type { Victim } from "./fail-point-scenarios.ts";
import { startFleetSystem } from "./fleet-system.ts";
import { lifeOf } from "./running-copies.ts";
import { shareOnBed } from "./shared-system.ts";

const pauseMs = 10_000;
/** More than one at a time, so that the pause meets them at different steps. */
const instances = 3;

/**
 * One test a service: it is stopped (SIGSTOP) in the middle of a deployment and goes on ten seconds later. That is
 * twice the time after which a silent worker is replaced: nobody may take his own deafness for silence.
 */
export function testPauses(victims: readonly Victim[]): void {
  const shared = shareOnBed((bed) =>
    startFleetSystem(bed, { workers: ["w1", "w2"], runtime: "fake" }),
  );
  let service = "";

  beforeAll(async () => {
    ({ service } = await deploy(shared.system, anSla({ code: "fake/ok" }), 2));
    await untilExactly(shared.system, { service, numbers: [0, 1] });
  });

  test.for(victims)("%s pauses for ten seconds in the middle of a deployment", async (victim) => {
    const { system } = shared;
    const worker = system.worker("w1");
    const paused = victim === "worker" ? worker.process : system.service(victim);
    // The copies of a worker that falls silent are replaced, as they have to be.
    const spared = victim === "worker" ? [system.worker("w2")] : system.cluster.workers;
    const before = (await Promise.all(spared.map(system.copiesAt))).flat();

    // Some have no answer in time, and are taken up later all the same.
    const asked = Promise.allSettled(
      Array.from({ length: instances }, () => system.api.addInstance(service)),
    );
    paused.signal("SIGSTOP");
    await throughout(async () => {
      const now = (await Promise.all(spared.map(system.copiesAt))).flat().map(lifeOf);
      expect(now).toEqual(expect.arrayContaining(before.map(lifeOf)));
    }, delay(pauseMs));
    paused.signal("SIGCONT");

    await asked;
    await untilConsistent(system, service, before);
  });
}
