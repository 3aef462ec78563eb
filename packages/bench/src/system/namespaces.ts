import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestBed } from "@oak/testkit";

const execute = promisify(execFile);

/** Runs `ip` with these arguments. @throws with what it complains of */
export async function ip(...args: readonly string[]): Promise<void> {
  await execute("ip", args);
}

/** Runs a program inside a network namespace. */
export async function inNamespace(name: string, program: readonly string[]): Promise<void> {
  await execute("ip", ["netns", "exec", name, ...program]);
}

/**
 * Arguments that make a program enter a namespace and then become itself, under the same process id.
 * @param namespace its name, or the path of a file that is it
 */
export function entering(namespace: string): string[] {
  const isPath = namespace.startsWith("/");
  return ["nsenter", `--net=${isPath ? namespace : `/var/run/netns/${namespace}`}`];
}

/** A network namespace with its loopback up, which ends with the bed. */
export async function addNamespace(bed: TestBed, name: string): Promise<void> {
  await ip("netns", "add", name);
  bed.onClose(() => ip("netns", "del", name));
  await ip("-n", name, "link", "set", "lo", "up");
}

/** One end of a cable: in a namespace, or on the machine itself. */
export interface CableEnd {
  namespace?: string;
  /** at most 15 letters */
  device: string;
  /** with the length of its prefix */
  address: string;
}

/** A veth pair, which ends with the bed. */
export async function addCable(bed: TestBed, near: CableEnd, far: CableEnd): Promise<void> {
  const place = ({ namespace }: CableEnd): string[] =>
    namespace === undefined ? [] : ["netns", namespace];
  const peer = ["type", "veth", "peer", "name", far.device, ...place(far)];
  await ip("link", "add", near.device, ...place(near), ...peer);
  // Deleting a namespace deletes its cables some time later, and a next run may want the names.
  bed.onClose(() => ip(...inside(near), "link", "del", near.device));
  for (const end of [near, far]) {
    await ip(...inside(end), "addr", "add", end.address, "dev", end.device);
    await ip(...inside(end), "link", "set", end.device, "up");
  }
}

function inside({ namespace }: CableEnd): string[] {
  return namespace === undefined ? [] : ["-n", namespace];
}
