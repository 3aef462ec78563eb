import { afterEach, expect, test } from "vitest";
import { sharePatientFleet } from "../support/deaths.ts";
import { arm } from "../support/dying-process.ts";
import { throughout } from "../support/eventually.ts";
import { untilExactly } from "../support/exactly.ts";
import { moveScenarios, nameOf, vainMove } from "../support/fail-point-scenarios.ts";
import { deployMovable, expectServed, untilMoved, untilSaid } from "../support/movable.ts";
import { untilNothingIsLeft } from "../support/system.ts";

const shared = sharePatientFleet();

afterEach(async () => {
  const { api } = shared.system;
  for (const { applicationID } of await api.applications()) {
    await api.deleteApplication(applicationID);
  }
  await untilNothingIsLeft(shared.system);
});

test.for(moveScenarios.map((scenario) => [nameOf(scenario), scenario] as const))(
  "an instance moves, and is served throughout, in spite of the death of %s",
  async ([, scenario]) => {
    const { system } = shared;
    const movable = await deployMovable(system, "fake/ok");
    const { service, instance } = movable;
    const doomed = await arm(system, scenario, instance);
    // Whoever dies before the answer leaves it unsaid; the wish is stored by then.
    const asked = system.api.moveInstance(service, 0, { drain_s: 0.2 }).catch(() => undefined);
    const isServed = () => expectServed(system, movable);
    await throughout(isServed, doomed.died());
    await asked;
    await throughout(isServed, doomed.revive());
    await throughout(
      isServed,
      untilMoved(system, movable).then(() => undefined),
    );
    await throughout(isServed, untilExactly(system, { service, numbers: [0] }));
  },
);

test(`a move in vain is told in spite of the death of ${nameOf(vainMove)}`, async () => {
  const { system } = shared;
  const movable = await deployMovable(system, "fake/ok");
  const { service, instance } = movable;
  const before = await system.copies();
  const doomed = await arm(system, vainMove, instance);
  await system.api.moveInstance(service, 0, { node: "0123456789abcdef01234567" });
  await doomed.died();
  await doomed.revive();
  await untilSaid(system, movable, /^not moved: /);
  const kept = before.filter((copy) => copy.instance === instance);
  await untilExactly(system, { service, numbers: [0] }, kept);
  expect(kept).toHaveLength(1);
});
