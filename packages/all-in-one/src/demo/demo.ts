import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { InstanceView } from "@oak/contracts";
import { createLogger, type Logger } from "@oak/kit";
import { createTinyImage, type TinyImage } from "@oak/testkit";
import pc from "picocolors";
import { type AllInOne, createAllInOne } from "../all-in-one.ts";
import { DEFAULT_PORTS, type Ports, shiftedPorts, takenPorts } from "../ports.ts";
import { createPublicApi, type PublicApi } from "./api.ts";
import type { Progress } from "./progress.ts";

const INSTANCES = 2;
const READY_MS = 60_000;
const RUNNING_MS = 60_000;
const POLL_MS = 100;

export interface Demo {
  /** From nothing to two pages; throws with the reason when a step fails. */
  run(signal: AbortSignal): Promise<void>;
  /** Takes away everything that it made, once the run has ended; may be called at any moment, also twice. */
  clean(): Promise<void>;
}

/** The main job, shown: start everything, deploy an SLA, fetch a page from each instance. */
export function createDemo(progress: Progress, slaPath: string): Demo {
  let dataDir: string | undefined;
  let image: TinyImage | undefined;
  let system: AllInOne | undefined;
  let running: Promise<void> | undefined;
  let cleaning: Promise<void> | undefined;

  const run = async (signal: AbortSignal): Promise<void> => {
    const sla: unknown = JSON.parse(await readFile(slaPath, "utf8"));
    const name = imageOf(sla);
    const folder = await mkdtemp(join(tmpdir(), "oak-demo-"));
    dataDir = folder;
    image = await progress.step(`Making the image ${name} on this machine`, () =>
      createTinyImage({ name }),
    );
    signal.throwIfAborted();
    const ports = await choosePorts(progress);
    const started = createAllInOne({
      dataDir: folder,
      host: "127.0.0.1",
      ports,
      withWorker: true,
      logger: demoLogger(),
    });
    system = started;
    const api = createPublicApi(started.url);
    await progress.step("Starting root, cluster and worker", async (note) => {
      await started.start();
      await until(signal, READY_MS, async () => {
        const { ready, missing } = await api.isReady();
        note(missing);
        return ready ? true : undefined;
      });
    });
    const service = await progress.step("Posting examples/hello.json", async () => {
      await api.login("Admin", "Admin");
      const { services } = await api.createApplication(sla);
      return services[0] ?? "";
    });
    const instances = await progress.step(`Deploying ${INSTANCES} instances`, (note) =>
      deploy(api, service, { note, signal }),
    );
    await progress.step("Fetching the page from each", () =>
      fetchPages(instances, progress, signal),
    );
    progress.say("");
    progress.say(`API documentation   ${pc.bold(`${started.url}/api/docs`)}`);
    progress.say(`Public API          ${started.url}  (Admin / Admin)`);
  };

  const clean = async (): Promise<void> => {
    // What a run that was interrupted is just making would be left over.
    await running?.catch(() => undefined);
    await progress.step("Taking everything away", async () => {
      await system?.stop({ drain: true });
      await image?.remove();
      if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
    });
  };

  return {
    run: (signal) => {
      running = run(signal);
      return running;
    },
    clean: () => {
      cleaning ??= clean();
      return cleaning;
    },
  };
}

/** Warnings and worse go to the screen; the rest would hide the steps. */
function demoLogger(): Logger {
  return createLogger({ name: "oak", level: process.env["LOG_LEVEL"] ?? "error" });
}

function imageOf(sla: unknown): string {
  const { applications } = sla as {
    applications: { microservices: { code: string }[] }[];
  };
  const code = applications[0]?.microservices[0]?.code;
  if (code === undefined) throw new Error("the example has no service");
  return code;
}

async function choosePorts(progress: Progress): Promise<Ports> {
  for (let offset = 0; offset < 10_000; offset += 1000) {
    const ports = shiftedPorts(offset);
    const taken = await takenPorts(ports, "127.0.0.1");
    if (taken.length === 0) return ports;
    progress.say(`  port ${taken.join(", ")} is in use, trying others`);
  }
  return DEFAULT_PORTS;
}

async function deploy(
  api: PublicApi,
  serviceId: string,
  { note, signal }: { note: (text: string) => void; signal: AbortSignal },
): Promise<InstanceView[]> {
  for (let count = 0; count < INSTANCES; count += 1) await api.addInstance(serviceId);
  return until(signal, RUNNING_MS, async () => {
    const { instances } = await api.instances(serviceId);
    note(instances.map((i) => `${i.instance_number}: ${i.status} ${i.status_detail}`).join(", "));
    const running = instances.filter((i) => i.status === "RUNNING" && i.published_ports !== "");
    return running.length === INSTANCES ? running : undefined;
  });
}

async function fetchPages(
  instances: readonly InstanceView[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (const instance of instances) {
    const url = `http://127.0.0.1:${Number.parseInt(instance.published_ports, 10)}/`;
    const page = await fetchPage(url, signal);
    const where = `instance ${instance.instance_number} on worker ${instance.worker_id}`;
    progress.say(`  ${where}  ${pc.bold(url)}  ${pc.green(page.trim())}`);
  }
}

/** The process runs, but its socket may open a moment later. */
async function fetchPage(url: string, signal: AbortSignal): Promise<string> {
  return until(signal, 10_000, async () => {
    const response = await fetch(url).catch(() => undefined);
    return response?.ok === true ? response.text() : undefined;
  });
}

async function until<T>(
  signal: AbortSignal,
  limitMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`not done after ${limitMs / 1000} s`);
    await delay(POLL_MS, undefined, { signal });
  }
}
