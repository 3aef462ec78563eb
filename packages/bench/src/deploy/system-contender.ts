import { setTimeout as delay } from "node:timers/promises";
import { type ContainerEvent, type ContainerEvents, nextOnes } from "./docker-events.ts";
import type { InstanceState, PublicApi } from "./public-api.ts";
import type { ContenderName, CrowdContender } from "./sample.ts";

/** What a worker prepares in the background, and has to have again before the next figure. */
export interface Preparations {
  /** While something runs. */
  noteTaken(): Promise<void>;
  /** After it is gone. */
  untilReady(): Promise<void>;
}

export interface SystemContenderDeps {
  name?: Extract<ContenderName, "system" | "networked">;
  api: PublicApi;
  events: ContainerEvents;
  serviceId: string;
  preparations?: Preparations;
}

/** Label with which a node-engine marks the service of a container. */
const jobLabel = "oak.job-id";
const pollMs = 1;
const patienceMs = 60_000;

/** A deployment as a user has it: one POST at the root. */
export function createSystemContender(deps: SystemContenderDeps): CrowdContender {
  const { name: contender = "system", api, events, serviceId } = deps;
  const isOurs = (event: ContainerEvent): boolean => event.labels[jobLabel] === serviceId;

  return {
    measure: async () => {
      await api.logIn();
      const heard = Promise.all([events.next("create", isOurs), events.next("start", isOurs)]);
      const startedMs = performance.now();
      await api.addInstance(serviceId);
      const answeredMs = performance.now();
      const [created, started] = await heard;
      // Asked only now: before the process runs nobody can call it running, and questions cost time.
      await untilRunning(api, serviceId, 1);
      const runningMs = performance.now();
      await takeAway(deps, isOurs);
      return {
        contender,
        answered: answeredMs - startedMs,
        created: created.atMs - startedMs,
        started: started.atMs - startedMs,
        running: runningMs - startedMs,
      };
    },
    measureCrowd: async (size) => {
      await api.logIn();
      const heard = nextOnes(events, "start", { count: size, isMeant: isOurs });
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: size }, () => api.addInstance(serviceId)));
      const started = (await heard).map(({ atMs }) => atMs - startedMs);
      await untilRunning(api, serviceId, size);
      await takeAway(deps, isOurs);
      return { contender, started: started.toSorted((one, other) => one - other) };
    },
  };
}

async function untilRunning(api: PublicApi, serviceId: string, count: number): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const instances = await api.instances(serviceId);
    if (instances.filter(({ status }) => status === "RUNNING").length === count) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`Not RUNNING: ${instances.map(describe).join(", ")}`);
    }
    await delay(pollMs);
  }
}

const describe = ({ status, status_detail = "" }: InstanceState): string =>
  `${status} ${status_detail}`;

async function takeAway(
  { api, events, serviceId, preparations }: SystemContenderDeps,
  isOurs: (event: ContainerEvent) => boolean,
): Promise<void> {
  await preparations?.noteTaken();
  const instances = await api.instances(serviceId);
  const gone = nextOnes(events, "destroy", { count: instances.length, isMeant: isOurs });
  await Promise.all(
    instances.map(({ instance_number }) => api.removeInstance(serviceId, instance_number)),
  );
  await gone;
  const deadlineMs = performance.now() + patienceMs;
  while ((await api.instances(serviceId)).length > 0) {
    if (performance.now() > deadlineMs) throw new Error("A removed instance does not go away");
    await delay(10);
  }
  await preparations?.untilReady();
}
