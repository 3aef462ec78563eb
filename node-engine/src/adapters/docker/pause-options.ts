import type { ContainerCreateOptions } from "dockerode";
import { LABELS, PAUSE_LABEL } from "./labels.ts";
import { ENTER_PATH, PAUSE_PATH } from "./pause-image.ts";

/**
 * Where the namespace of a pause container comes from: its own program enters a new one, or Docker gives it one. That takes Docker twice as
 * long, since it executes itself once more to have the loopback device set up.
 */
export type NamespaceOrigin = "entered" | "given";

/** Enough for what sets a container up; the program itself needs no more than one page or two. */
const memoryBytes = 8 * 1024 * 1024;
const pidsLimit = 16;

/** The body of Docker's create call for a pause container. */
export function toPauseOptions(
  origin: NamespaceOrigin,
  { image, engineId }: { image: string; engineId: string },
): ContainerCreateOptions {
  const { path, ...host } = origins[origin];
  return {
    Image: image,
    Entrypoint: [path],
    // What joins it gets its name too, and cannot have one of its own.
    Hostname: "workload",
    Labels: { [LABELS.engineId]: engineId, [PAUSE_LABEL.key]: PAUSE_LABEL.value },
    HostConfig: {
      ...host,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      PidsLimit: pidsLimit,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      // It prints nothing.
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}

const origins = {
  entered: {
    path: ENTER_PATH,
    NetworkMode: "host",
    // For one call, after which the program gives it up.
    CapAdd: ["SYS_ADMIN"],
    // A filter takes longer to be made than the program runs, which makes three system calls in its life.
    SecurityOpt: ["no-new-privileges", "seccomp=unconfined"],
    // Without one of its own Docker takes the host's list of names, and whoever joins would get it.
    ExtraHosts: ["localhost:127.0.0.1"],
  },
  given: {
    path: PAUSE_PATH,
    NetworkMode: "none",
    SecurityOpt: ["no-new-privileges"],
  },
} as const satisfies Record<
  NamespaceOrigin,
  { path: string } & ContainerCreateOptions["HostConfig"]
>;
