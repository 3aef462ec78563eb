import { closeSync, fstatSync, openSync } from "node:fs";
import { KernelError } from "./kernel-error.ts";
import { libc, succeeded } from "./libc.ts";

const cloneNewNet = 0x40000000;
/** The thread's, not the process's: the two are the same on the main thread, and only there this belongs. */
const ownNamespace = "/proc/thread-self/ns/net";

/** A network namespace that stays as long as this is open. */
export interface Namespace {
  fd: number;
  /** `dev:inode`: the same for everyone who sees it, for as long as it exists. */
  id: string;
  close(): void;
}

/**
 * @param target id of a process, or a path such as `/run/netns/name`
 * @throws the error of `open`: `ENOENT` when the process is gone
 */
export const openNamespace = (target: number | string): Namespace => {
  const fd = openSync(typeof target === "number" ? `/proc/${target}/ns/net` : target, "r");
  const { dev, ino } = fstatSync(fd);
  let isOpen = true;
  return {
    fd,
    id: `${dev}:${ino}`,
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  };
};

/**
 * Runs `action` in another network namespace and comes back. Sockets, TUN devices, child processes and files below
 * `/proc/sys/net` that are opened in it belong to that namespace. Only synchronous code is in it: what it puts off, and whatever runs on
 * the pool of threads, is not.
 *
 * @param target an open file of the namespace, or a path to one
 * @throws {KernelError} `EINVAL` when it is no network namespace
 */
export const inNamespace = <T>(target: number | string, action: () => T): T => {
  const home = openSync(ownNamespace, "r");
  try {
    const away = typeof target === "number" ? target : openSync(target, "r");
    try {
      succeeded("enter namespace", libc().setns(away, cloneNewNet));
    } finally {
      if (away !== target) closeSync(away);
    }
    try {
      return refusePromise(action());
    } finally {
      comeBack(home);
    }
  } finally {
    closeSync(home);
  }
};

const refusePromise = <T>(result: T): T => {
  if (result instanceof Promise) throw new TypeError("inNamespace takes synchronous code only");
  return result;
};

/** In the wrong namespace all that the process does next would be wrong, so there is no way to go on. */
const comeBack = (home: number): void => {
  if (libc().setns(home, cloneNewNet) === 0) return;
  const error = new KernelError("come back from namespace", libc().errno());
  process.nextTick(() => {
    throw error;
  });
  throw error;
};
