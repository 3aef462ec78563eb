import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeNewImages, type TinyImage } from "@oak/testkit";
import pc from "picocolors";
import { DEFAULT_PORTS, type Ports, shiftedPorts, takenPorts } from "../ports.ts";
import { createPublicApi } from "./api.ts";
import { borrowExampleImage, EXAMPLE_IMAGE } from "./image.ts";
import type { Progress } from "./progress.ts";
import { showHello, showNetwork } from "./show.ts";
import {
  canNetwork,
  createNetworkedSite,
  createPlainSite,
  type DemoSite,
  WORKERS,
} from "./site.ts";
import { until } from "./until.ts";

const READY_MS = 60_000;

export interface Demo {
  /** From nothing to pages that were fetched; throws with the reason when a step fails. */
  run(signal: AbortSignal): Promise<void>;
  /** Takes away everything that it made, once the run has ended; may be called at any moment, also twice. */
  clean(): Promise<void>;
}

/** The main job, shown: start everything, deploy an SLA, fetch what the services answer. */
export function createDemo(progress: Progress, wish: { isNetworked: boolean }): Demo {
  let image: TinyImage | undefined;
  let site: DemoSite | undefined;
  let removeImages: (() => Promise<void>) | undefined;
  let running: Promise<void> | undefined;
  let cleaning: Promise<void> | undefined;

  const run = async (signal: AbortSignal): Promise<void> => {
    const isNetworked = wish.isNetworked && canNetwork();
    if (wish.isNetworked && !isNetworked) {
      progress.say(
        "Without networking between services: that needs root, nftables and a local Docker Engine",
      );
    }
    removeImages = await removeNewImages("oak.role=pause-image");
    image = await progress.step(`Making the image ${EXAMPLE_IMAGE} on this machine`, () =>
      borrowExampleImage(),
    );
    signal.throwIfAborted();
    const ports = await choosePorts(progress);
    const dataDir = await mkdtemp(join(tmpdir(), "oak-demo-"));
    const started = (isNetworked ? createNetworkedSite : createPlainSite)({ dataDir, ports });
    site = started;
    const api = createPublicApi(started.url);
    const what = isNetworked
      ? `root, cluster and ${WORKERS.length} workers`
      : "root, cluster and worker";
    await progress.step(`Starting ${what}`, async (note) => {
      await started.start();
      await until(signal, READY_MS, async () => {
        const { ready, missing } = await api.isReady();
        note(missing);
        return ready ? true : undefined;
      });
      await api.login("Admin", "Admin");
      const count = isNetworked ? WORKERS.length : 1;
      await until(signal, READY_MS, async () => {
        const connected = await api.workers();
        note(`${connected} of ${count} workers`);
        return connected === count ? true : undefined;
      });
    });
    await (isNetworked ? showNetwork : showHello)({ api, site: started, progress, signal });
    progress.say("");
    progress.say(`API documentation   ${pc.bold(`${started.url}/api/docs`)}`);
    progress.say(`Public API          ${started.url}  (Admin / Admin)`);
  };

  const clean = async (): Promise<void> => {
    // What a run that was interrupted is just making would be left over.
    await running?.catch(() => undefined);
    await progress.step("Taking everything away", async () => {
      await site?.remove();
      await image?.remove();
      await removeImages?.();
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

async function choosePorts(progress: Progress): Promise<Ports> {
  for (let offset = 0; offset < 10_000; offset += 1000) {
    const ports = shiftedPorts(offset);
    const taken = await takenPorts(ports, "127.0.0.1");
    if (taken.length === 0) return ports;
    progress.say(`  port ${taken.join(", ")} is in use, trying others`);
  }
  return DEFAULT_PORTS;
}
