import type { TestBed } from "@oak/testkit";
import Docker from "dockerode";
import type { Aim, BenchContext } from "../../bench.ts";
import { readProcessUsage } from "../../footprint/process-usage.ts";
import { createDockerContender, withoutNetwork } from "../docker-contender.ts";
import { type ContainerEvents, followContainerEvents } from "../docker-events.ts";
import { learnRecipe } from "../learn-recipe.ts";
import type { CrowdContender, CrowdSample } from "../sample.ts";
import { createSystemContender } from "../system-contender.ts";
import { measureInTurns, toRow } from "../turns.ts";
import { measureCrowds } from "./crowds.ts";
import { type FirstHit, measureFirstHits } from "./first-hits.ts";
import { followNamespacePool } from "./namespace-pool.ts";
import { aimsOfNetworked, describeNetworked, type NetworkedSamples } from "./report.ts";
import { type NetworkedScene, poolSize, startNetworkedScene } from "./scene.ts";

export interface NetworkedOptions {
  /** Deployments one by one, of each side; an even number. */
  samples: number;
  /** Crowds of each side. */
  crowds: number;
  /** First hits through a service address. */
  routes: number;
}

/** A busy machine must not make it take for ever: all sides are hit alike. */
const patienceMs = 2_000;

/** Deployments with and without service networking, beside Docker alone, in turns on one system. */
export async function measureNetworked(
  bed: TestBed,
  options: NetworkedOptions,
  context: BenchContext,
): Promise<readonly Aim[]> {
  const { say, signal } = context;
  if (process.getuid?.() !== 0) {
    say("\nnot measured with service networking: network namespaces are made by root only");
    return [];
  }
  const docker = new Docker();
  const events = await followContainerEvents(docker);
  bed.onClose(async () => events.close());
  say("\nstarting root, cluster, and workers with and without service networking");
  const scene = await startNetworkedScene(bed, docker);
  const contenders = await createContenders(bed, { docker, events, scene });
  const deployments = await measureInTurns(
    contenders,
    { samples: options.samples, patienceMs },
    context,
  );
  const crowds = await measureCrowds(contenders, options.crowds, context);
  const count = options.routes;
  const hits =
    count > 0 ? await measureFirstHits(bed, { docker, events, scene }, { count, signal }) : [];
  const samples = { deployments, crowds, hits, pss: readProcessUsage(scene.netManagerPid).pss };
  say(`\n${describeNetworked(samples)}`);
  say(`\nsamples: ${(await save(samples, context)).join("\n         ")}`);
  return aimsOfNetworked(samples);
}

async function createContenders(
  bed: TestBed,
  given: { docker: Docker; events: ContainerEvents; scene: NetworkedScene },
): Promise<CrowdContender[]> {
  const { docker, events, scene } = given;
  const { api } = scene.system;
  const { off, on } = scene.services;
  const recipe = await learnRecipe(bed, { docker, events, api, serviceId: off });
  const preparations = followNamespacePool(docker, { engineId: scene.engineId, size: poolSize });
  await preparations.untilReady();
  return [
    createSystemContender({ api, events, serviceId: off }),
    createSystemContender({ name: "networked", api, events, serviceId: on, preparations }),
    createDockerContender({ docker, events, recipe }),
    createDockerContender({
      name: "docker-none",
      docker,
      events,
      recipe: withoutNetwork(recipe),
    }),
  ];
}

async function save(
  { deployments, crowds, hits }: NetworkedSamples,
  { results }: BenchContext,
): Promise<string[]> {
  return [
    await results.save("deploy-network", deployments.map(toRow)),
    await results.save("deploy-crowds", crowds.flatMap(toCrowdRows)),
    await results.save("deploy-first-hits", hits.map(toHitRow)),
  ];
}

const toCrowdRows = ({ contender, started }: CrowdSample) =>
  started.map((ms, place) => ({ contender, place, ms }));

const toHitRow = (hit: FirstHit): Record<string, number> => ({ ...hit });
