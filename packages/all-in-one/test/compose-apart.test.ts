import { mkdir, writeFile } from "node:fs/promises";
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
import { selfSigned } from "../../../cluster-orchestrator/mqtt-broker/test/self-signed.ts";
import { anSla } from "./support/an-sla.ts";
import { addComposeWorker, apiOf, shareImages } from "./support/compose-system.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { docker, runsOnDocker, testOnDocker } from "./support/on-docker.ts";
import { shareOnBed } from "./support/shared-system.ts";

shareImages();
const shared = shareOnBed(async (bed) => {
  const settings = await stackSettings(bed);
  const certificates = await addCertificates(bed);
  return { settings, certificates, ...(await addProjects(bed, settings, certificates)) };
}, runsOnDocker);

testOnDocker(
  "a cluster that starts before its root, with TLS and in a project of its own, finds it",
  async () => {
    const { root, cluster, settings, certificates } = shared.system;
    const worker = await addComposeWorker(shared.bed, settings, {
      name: "apart",
      runtime: "fake",
      env: { MQTT_CERT: certificates },
    });
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
async function addProjects(bed: TestBed, settings: StackSettings, certificates: string) {
  const network = projectName();
  const meeting = join(bed.folder, "meeting.yml");
  await writeFile(meeting, `networks: { default: { external: true, name: ${network} } }\n`);
  const made = await docker.createNetwork({ Name: network });
  bed.onClose(() => made.remove());
  const project = async (
    tier: "root" | "cluster",
    overrides: readonly string[],
    env: Record<string, string>,
  ) => {
    const name = projectName();
    removeProject(bed, name);
    const envFile = join(bed.folder, `${tier}.env`);
    await writeFile(envFile, linesOf({ ...settings.env, ...env }));
    const folder = `${tier}-orchestrator`;
    const own = ["docker-compose", ...overrides].map((file) => `${folder}/${file}.yml`);
    return composeProject({ name, envFile, files: [...own, meeting] });
  };
  return {
    root: await project("root", ["override-embedded-db"], {}),
    cluster: await project("cluster", ["override-embedded-db", "override-mqtt-auth"], {
      OAK_MQTT_CERTS: certificates,
      SYSTEM_MANAGER_URL: "system_manager",
      OAK_CLUSTER_ADDRESS: "cluster_manager",
    }),
  };
}

/** The folder that OAK_MQTT_CERTS and MQTT_CERT name; readable by the user of the containers. */
async function addCertificates(bed: TestBed): Promise<string> {
  const folder = join(bed.folder, "certs");
  const { cert, key } = selfSigned("mqtts", ["127.0.0.1"]);
  await mkdir(folder, { mode: 0o755 });
  const files = { "ca.crt": cert, "cluster.crt": cert, "cluster.key": key };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content, { mode: 0o644 });
  }
  return folder;
}

function linesOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
