import { expect } from "vitest";
import { startAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla, shell } from "./support/an-sla.ts";
import { deploy } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { testOnDocker } from "./support/on-docker.ts";
import { shareSystem } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";

const shared = shareSystem(startAllInOneSystem);

const deployOneShot = (script: string) =>
  deploy(shared.system, anSla({ code: shared.image, one_shot: true, cmd: shell(script) }), 1);

testOnDocker(
  "one that ends with 0 is COMPLETED, once, and its last words stay in view",
  async () => {
    const { service, application } = await deployOneShot("echo the work is done");
    const shown = await eventually(async () => {
      const instance = await shared.system.api.instance(service, 0);
      expect(instance).toMatchObject({ status: "COMPLETED", restarts: 0 });
      expect(instance.logs).toContain("the work is done");
      return instance;
    });
    expect((await shared.system.api.service(service)).status).toBe("COMPLETED");
    await shared.system.program.process.kill();
    await shared.system.program.process.start();
    await eventually(async () => {
      const instance = await shared.system.api.instance(service, 0);
      expect(instance).toMatchObject({ status: "COMPLETED", logs: shown.logs });
    });
    await shared.system.api.deleteApplication(application);
    await untilNothingIsLeft(shared.system);
  },
);

testOnDocker("one that ends otherwise is tried again, then FAILED with the reason", async () => {
  const { service } = await deployOneShot("echo it went wrong; exit 4");
  await eventually(async () => {
    const instance = await shared.system.api.instance(service, 0);
    expect(instance.status).toBe("FAILED");
    expect(instance.status_detail).toMatch(/tries: .*exit code 4\.$/);
    expect(instance.logs).toContain("it went wrong");
  });
});
