import { readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { inNamespace, openRtnetlink } from "@oak/netlink";
import { createPlace, kill, type Place } from "./place.ts";

/** A long-lived process in a namespace of its own: what a container is to the network. */
export interface Workload extends Place {
  readonly pid: number;
  /** Kills it and everything that was spawned in its namespace; the namespace goes with them. */
  stop(): Promise<void>;
}

const deadlineMs = 5_000;
const pollMs = 2;
const loopback = 1;

/** Starts one, with nothing but a loopback device that is up, as an engine without networking does. */
export const startWorkload = async (): Promise<Workload> => {
  const runner = createPlace(ownNamespace);
  const holder = runner.spawn(["unshare", "--net", "sleep", "infinity"]);
  const { pid } = holder;
  if (pid === undefined) throw new Error("unshare does not start");
  const path = `/proc/${pid}/ns/net`;
  try {
    await becomesForeign(path);
    upLoopback(path);
  } catch (error) {
    await kill(holder);
    throw error;
  }
  const place = createPlace(path);
  return {
    ...place,
    pid,
    stop: async () => {
      await place.killAll();
      await kill(holder);
    },
  };
};

const ownNamespace = "/proc/thread-self/ns/net";

const becomesForeign = async (path: string): Promise<void> => {
  const end = performance.now() + deadlineMs;
  const own = readlinkSync(ownNamespace);
  while (readlinkSync(path) === own) {
    if (performance.now() > end) throw new Error("the workload got no namespace of its own");
    await delay(pollMs);
  }
};

const upLoopback = (path: string): void => {
  const rtnetlink = inNamespace(path, openRtnetlink);
  try {
    rtnetlink.setLink(loopback, { isUp: true });
  } finally {
    rtnetlink.close();
  }
};
