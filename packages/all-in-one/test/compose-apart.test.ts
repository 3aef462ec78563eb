import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  composeProject,
  projectName,
  removeProject,
  type StackSettings,
  stackSettings,
  type TestBed,
} from "@oak/testkit";
import { expect } from "vitest";
import { anSla } from "./support/an-sla.ts";
import { addComposeWorker, apiOf } from "./support/compose-system.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { docker, runsOnDocker, testOnDocker } from "./support/on-docker.ts";
import { shareOnBed } from "./support/shared-system.ts";

const shared = shareOnBed(async (bed) => {
  const settings = await stackSettings(bed);
  return { settings, ...(await addProjects(bed, settings)) };
}, runsOnDocker);

testOnDocker(
  "a cluster that starts before its root, in a project of its own, finds it",
  async () => {
    const { root, cluster, settings } = shared.system;
    const worker = await addComposeWorker(shared.bed, settings, { name: "apart", runtime: "fake" });
    await cluster.compose("up", "-d", "--no-build");
    await worker.process.start();
    await root.compose("up", "-d", "--no-build");
    await root.untilWell();
    await cluster.untilWell();
    const api = apiOf(settings);
    const { service } = await deploy({ api }, anSla({ code: "fake/ok" }), 1);
    const [instance] = await untilRunning({ api }, service, 1);
    const [registered] = await api.clusters();
    expect(registered).toMatchObject({ _id: instance?.cluster_id });
  },
);

/** Two projects that meet in one network, as they meet by addresses where they are on two machines. */
async function addProjects(bed: TestBed, settings: StackSettings) {
  const network = projectName();
  const meeting = join(bed.folder, "meeting.yml");
  await writeFile(meeting, `networks: { default: { external: true, name: ${network} } }\n`);
  const made = await docker.createNetwork({ Name: network });
  bed.onClose(() => made.remove());
  const project = async (tier: "root" | "cluster", env: Record<string, string>) => {
    const name = projectName();
    removeProject(bed, name);
    const envFile = join(bed.folder, `${tier}.env`);
    await writeFile(envFile, linesOf({ ...settings.env, ...env }));
    const folder = `${tier}-orchestrator`;
    const files = [`${folder}/docker-compose.yml`, `${folder}/override-embedded-db.yml`, meeting];
    return composeProject({ name, envFile, files });
  };
  return {
    root: await project("root", {}),
    cluster: await project("cluster", {
      SYSTEM_MANAGER_URL: "system_manager",
      OAK_CLUSTER_ADDRESS: "cluster_manager",
    }),
  };
}

function linesOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
