import { setTimeout as delay } from "node:timers/promises";
import type { ContainerEvent, ContainerEvents } from "./docker-events.ts";
import type { InstanceState, PublicApi } from "./public-api.ts";
import type { Contender } from "./sample.ts";

export interface SystemContenderDeps {
  api: PublicApi;
  events: ContainerEvents;
  serviceId: string;
}

/** Label with which a node-engine marks the service of a container. */
const jobLabel = "oak.job-id";
const pollMs = 1;
const patienceMs = 60_000;

/** A deployment as a user has it: one POST at the root. */
export function createSystemContender(deps: SystemContenderDeps): Contender {
  const { api, events, serviceId } = deps;
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
      const instance = await untilRunning(api, serviceId);
      const runningMs = performance.now();
      await takeAway(deps, instance, isOurs);
      return {
        contender: "system",
        answered: answeredMs - startedMs,
        created: created.atMs - startedMs,
        started: started.atMs - startedMs,
        running: runningMs - startedMs,
      };
    },
  };
}

async function untilRunning(api: PublicApi, serviceId: string): Promise<InstanceState> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const [instance] = await api.instances(serviceId);
    if (instance?.status === "RUNNING") return instance;
    if (performance.now() > deadlineMs) {
      throw new Error(`Not RUNNING: ${instance?.status} ${instance?.status_detail ?? ""}`);
    }
    await delay(pollMs);
  }
}

async function takeAway(
  { api, events, serviceId }: SystemContenderDeps,
  { instance_number }: InstanceState,
  isOurs: (event: ContainerEvent) => boolean,
): Promise<void> {
  const gone = events.next("destroy", isOurs);
  await api.removeInstance(serviceId, instance_number);
  await gone;
  const deadlineMs = performance.now() + patienceMs;
  while ((await api.instances(serviceId)).length > 0) {
    if (performance.now() > deadlineMs) throw new Error("A removed instance does not go away");
    await delay(10);
  }
}
