import { expect, test } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { sharePatientFleet } from "../support/deaths.ts";
import { deploy, untilRunning } from "../support/deployment.ts";
import { arm } from "../support/dying-process.ts";
import { applicationScenarios } from "../support/fail-point-scenarios.ts";
import { untilNothingIsLeft } from "../support/system.ts";

const shared = sharePatientFleet();

test("an application of which a death left only a part can be deleted, and made again", async () => {
  const { api } = shared.system;
  const sla = anSla({ code: "fake/ok" });
  const doomed = await arm(shared.system, applicationScenarios.made, "");
  const asked = api.createApplication(sla);
  await expect(asked).rejects.toThrow();
  await doomed.died();
  await doomed.revive();
  const [part, ...others] = await api.applications();
  expect(others).toEqual([]);
  await api.deleteApplication(part!.applicationID);
  const { service, application } = await deploy(shared.system, sla, 1);
  await untilRunning(shared.system, service, 1);
  await api.deleteApplication(application);
  await untilNothingIsLeft(shared.system);
});

test("a service that was forgotten with the last breath stays forgotten", async () => {
  const { service, application } = await deploy(shared.system, anSla({ code: "fake/ok" }), 1);
  await untilRunning(shared.system, service, 1);
  const doomed = await arm(shared.system, applicationScenarios.forgotten, `${service}/0`);
  await shared.system.api.deleteApplication(application);
  await doomed.died();
  await doomed.revive();
  await untilNothingIsLeft(shared.system);
});
