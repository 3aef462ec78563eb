import type { TestBed } from "@oak/testkit";
import { beforeAll, type TestAPI, test } from "vitest";
import { anSla } from "./an-sla.ts";
import { deploy } from "./deployment.ts";
import { arm } from "./dying-process.ts";
import { untilExactly } from "./exactly.ts";
import { nameOf, type Scenario } from "./fail-point-scenarios.ts";
import { type FleetSystem, startFleetSystem } from "./fleet-system.ts";
import { runsOnDocker, testOnDocker } from "./on-docker.ts";
import { type SharedOnBed, shareOnBed, shareSystem } from "./shared-system.ts";

/** Nobody is given up because a process starts slowly beside other tests. */
const patient = { "cluster-manager": { WORKER_TIMEOUT_S: "30" } };

/**
 * One test a scenario: an instance more is asked for, somebody dies on the way, and in the end there is exactly
 * what was wanted, with everything that ran before untouched.
 */
export function testDeathsInDeployments(
  scenarios: readonly Scenario[],
  stage: Stage = pretendedStage(),
): void {
  const { shared } = stage;
  const wanted = { service: "", numbers: [] as number[] };

  beforeAll(async () => {
    if (!stage.isWanted) return;
    wanted.service = (await deploy(shared.system, anSla({ code: stage.image() }), 0)).service;
  });

  stage.test.for(scenarios.map((scenario) => [nameOf(scenario), scenario] as const))(
    "a deployment is made good after the death of %s",
    async ([, scenario]) => {
      const { system } = shared;
      const number = wanted.numbers.length;
      const before = await system.copies();
      const doomed = await arm(system, scenario, `${wanted.service}/${number}`);
      wanted.numbers.push(number);
      // Whoever dies before the answer leaves it unsaid; the wish is stored by then.
      const asked = system.api.addInstance(wanted.service).catch(() => undefined);
      await doomed.died();
      await asked;
      await doomed.revive();
      await untilExactly(system, wanted, before);
    },
  );
}

/** The same for an instance that is deleted. */
export function testDeathsInDeletions(
  scenarios: readonly Scenario[],
  stage: Stage = pretendedStage(),
): void {
  const { shared } = stage;
  const wanted = { service: "", numbers: scenarios.map((_, number) => number) };

  beforeAll(async () => {
    if (!stage.isWanted) return;
    const sla = anSla({ code: stage.image() });
    wanted.service = (await deploy(shared.system, sla, scenarios.length)).service;
    await untilExactly(shared.system, wanted);
  });

  stage.test.for(scenarios.map((scenario) => [nameOf(scenario), scenario] as const))(
    "a deletion comes to its end after the death of %s",
    async ([, scenario]) => {
      const { system } = shared;
      const number = wanted.numbers[0]!;
      const instance = `${wanted.service}/${number}`;
      const others = (await system.copies()).filter((copy) => copy.instance !== instance);
      const doomed = await arm(system, scenario, instance);
      wanted.numbers.shift();
      const asked = system.api.deleteInstance(wanted.service, number).catch(() => undefined);
      await doomed.died();
      await asked;
      await doomed.revive();
      await untilExactly(system, wanted, others);
    },
  );
}

/** Where the tests of a file play. */
interface Stage {
  shared: SharedOnBed<FleetSystem>;
  image(): string;
  test: TestAPI;
  isWanted: boolean;
}

function pretendedStage(): Stage {
  return { shared: sharePatientFleet(), image: () => "fake/ok", test, isWanted: true };
}

/** With real containers, where there is a Docker. */
export function dockerStage(): Stage {
  const shared = shareSystem((bed) => startPatientFleet(bed, "docker"));
  return { shared, image: () => shared.image, test: testOnDocker, isWanted: runsOnDocker };
}

/** A fleet of two workers that only pretend, for the tests of one file. */
export function sharePatientFleet(): SharedOnBed<FleetSystem> {
  return shareOnBed((bed) => startPatientFleet(bed, "fake"));
}

function startPatientFleet(bed: TestBed, runtime: "docker" | "fake"): Promise<FleetSystem> {
  return startFleetSystem(bed, { workers: ["w1", "w2"], runtime, clusterEnv: patient });
}
