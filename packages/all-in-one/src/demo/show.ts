import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { InstanceView } from "@oak/contracts";
import pc from "picocolors";
import type { PublicApi } from "./api.ts";
import type { Progress } from "./progress.ts";
import type { DemoSite } from "./site.ts";
import { fetchPage, until } from "./until.ts";

/** What a show works with. */
export interface Stage {
  api: PublicApi;
  site: DemoSite;
  progress: Progress;
  signal: AbortSignal;
}

const RUNNING_MS = 60_000;
const INSTANCES = 2;

/** Two instances of one service, and the page of each. */
export async function showHello(stage: Stage): Promise<void> {
  const { progress, signal, site } = stage;
  const [service = ""] = await post(stage, "hello.json");
  const instances = await deploy(stage, service, { name: "web", count: INSTANCES });
  await progress.step("Fetching the page from each", async () => {
    for (const { instance_number, worker_id, published_ports } of instances) {
      const port = await site.portOf(worker_id, Number.parseInt(published_ports, 10));
      const url = `http://127.0.0.1:${port}/`;
      const page = await fetchPage(url, signal);
      const where = `instance ${instance_number} on worker ${worker_id}`;
      progress.say(`  ${where}  ${pc.bold(url)}  ${pc.green(page.trim())}`);
    }
  });
}

/** A service on two workers, and one that visits it by its address and by its name. */
export async function showNetwork(stage: Stage): Promise<void> {
  const { progress, signal, site } = stage;
  const [web = "", visitor = ""] = await post(stage, "visitors.json");
  await deploy(stage, web, { name: "web", count: INSTANCES });
  const spread = await spreadOut(stage, web);
  const [guest] = await deploy(stage, visitor, { name: "visitor", count: 1 });
  if (guest === undefined) throw new Error("the visitor is gone");
  for (const { instance_number, worker_id, instance_ip, instance_ip_v6 } of spread) {
    const own = `${instance_ip} and ${instance_ip_v6}`;
    progress.say(`  web ${instance_number} is ${own}, on worker ${worker_id}`);
  }
  progress.say(`  the visitor is ${guest.instance_ip}, on worker ${guest.worker_id}`);
  const [published = ""] = guest.published_ports.split(":");
  const port = await site.portOf("worker-1", Number.parseInt(published, 10));
  const url = `http://127.0.0.1:${port}/cgi-bin/visit`;
  await progress.step(
    "Asking the visitor whom it meets, by the port that it publishes",
    async () => {
      for (const line of tally(await fetchPage(url, signal))) progress.say(`  ${pc.green(line)}`);
    },
  );
  progress.say("");
  progress.say(`Try it yourself     ${pc.bold(`curl ${url}`)}`);
}

async function post({ api, progress }: Stage, example: string): Promise<string[]> {
  const path = fileURLToPath(new URL(`../../../../examples/${example}`, import.meta.url));
  const sla: unknown = JSON.parse(await readFile(path, "utf8"));
  return progress.step(`Posting examples/${example}`, async () => {
    await api.login("Admin", "Admin");
    return (await api.createApplication(sla)).services;
  });
}

function deploy(
  { api, progress, signal }: Stage,
  service: string,
  { name, count }: { name: string; count: number },
): Promise<InstanceView[]> {
  const title = `Deploying ${count === 1 ? "1 instance" : `${count} instances`} of ${name}`;
  return progress.step(title, async (note) => {
    for (let added = 0; added < count; added += 1) await api.addInstance(service);
    return until(signal, RUNNING_MS, async () => {
      const { instances } = await api.instances(service);
      note(instances.map((i) => `${i.instance_number}: ${i.status} ${i.status_detail}`).join(", "));
      const running = instances.filter(({ status }) => status === "RUNNING");
      return running.length === count ? running : undefined;
    });
  });
}

/** Where they land is the schedulers' matter; one that shares its worker is moved. */
async function spreadOut(stage: Stage, service: string): Promise<InstanceView[]> {
  const { api, progress, signal } = stage;
  const look = async () => {
    const { instances } = await api.instances(service);
    const workers = new Set(instances.map(({ worker_id }) => worker_id));
    return workers.size === instances.length ? instances : undefined;
  };
  const spread = await look();
  if (spread !== undefined) return spread;
  return progress.step("Moving one instance to the other worker", async () => {
    await api.moveInstance(service, 0);
    return until(signal, RUNNING_MS, look);
  });
}

/** `4 × 10.30.30.30: instance-0 was visited by 10.30.0.4` for lines that are alike. */
function tally(page: string): string[] {
  const counts = new Map<string, number>();
  for (const line of page.trim().split("\n")) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].toSorted().map(([line, count]) => `${count} × ${line}`);
}
