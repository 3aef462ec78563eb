import { setTimeout as delay } from "node:timers/promises";
import type { TierAccess } from "@oak/testkit";
import type { PublicApi } from "../deploy/public-api.ts";
import type { CrowdProcess } from "./crowd/crowd-process.ts";
import { machineMs } from "./crowd/messages.ts";
import { createDecider } from "./decisions.ts";

/** One deployment under load, milliseconds since the POST at the root left. */
export interface DeploymentSample {
  /** the cluster's scheduler alone, asked over HTTP a moment before */
  decision: number;
  /** the root has answered */
  answered: number;
  /** the command is at its worker: root and cluster have decided, stored and sent */
  commanded: number;
  /** the broker has the worker's word that it runs */
  acknowledged: number;
}

export interface DeploymentsRun {
  api: PublicApi;
  crowd: CrowdProcess;
  serviceId: string;
  cluster: TierAccess;
  count: number;
  /** from one deployment to the next at least */
  everyMs: number;
  signal: AbortSignal;
}

const patienceMs = 30_000;

/** Deploys and takes away one instance after the other. */
export async function sampleDeployments(run: DeploymentsRun): Promise<DeploymentSample[]> {
  const decider = createDecider(run.cluster);
  const samples: DeploymentSample[] = [];
  try {
    while (samples.length < run.count) {
      run.signal.throwIfAborted();
      const pause = delay(run.everyMs, undefined, { signal: run.signal });
      await run.api.logIn();
      const decision = await decider.decide();
      samples.push({ decision, ...(await deployOnce(run)) });
      await pause;
    }
    return samples;
  } finally {
    decider.close();
  }
}

async function deployOnce(run: DeploymentsRun): Promise<Omit<DeploymentSample, "decision">> {
  const { api, crowd, serviceId } = run;
  const heard = nextDeployment(crowd, serviceId);
  const startedMs = machineMs();
  const number = await api.addInstance(serviceId);
  const answeredMs = machineMs();
  const { commandedMs, acknowledgedMs } = await heard;
  const gone = nextStatus(crowd, `${serviceId}/${number}`, "UNDEPLOYED");
  await api.removeInstance(serviceId, number);
  await gone;
  return {
    answered: answeredMs - startedMs,
    commanded: commandedMs - startedMs,
    acknowledged: acknowledgedMs - startedMs,
  };
}

async function nextDeployment(
  crowd: CrowdProcess,
  serviceId: string,
): Promise<{ commandedMs: number; acknowledgedMs: number }> {
  let commandedMs = Number.NaN;
  const acknowledgedMs = await hear(crowd, "an instance runs", (event) => {
    if (event.kind === "state" || !event.key.startsWith(`${serviceId}/`)) return undefined;
    if (event.kind === "deploy" && Number.isNaN(commandedMs)) commandedMs = event.atMs;
    return event.kind === "acknowledged" && event.status === "RUNNING" ? event.atMs : undefined;
  });
  return { commandedMs, acknowledgedMs };
}

function nextStatus(crowd: CrowdProcess, key: string, status: string): Promise<number> {
  return hear(crowd, `${key} is ${status}`, (event) =>
    event.kind === "acknowledged" && event.key === key && event.status === status
      ? event.atMs
      : undefined,
  );
}

type Pick<T> = (event: Parameters<Parameters<CrowdProcess["listen"]>[0]>[0]) => T | undefined;

function hear<T>(crowd: CrowdProcess, what: string, pick: Pick<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end();
      reject(new Error(`Not heard within ${patienceMs / 1000} s: ${what}`));
    }, patienceMs);
    const end = crowd.listen((event) => {
      const found = pick(event);
      if (found === undefined) return;
      clearTimeout(timer);
      end();
      resolve(found);
    });
  });
}
