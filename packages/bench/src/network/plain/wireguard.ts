import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { TestBed } from "@oak/testkit";
import { inNamespace, ip } from "../../system/namespaces.ts";
import { placing } from "../namespace-process.ts";
import type { PlainWorker } from "./plain-pair.ts";

const execute = promisify(execFile);
const port = 51_820;

/** Whether the programs are there: the path is left out without them. */
export async function hasWireguard(): Promise<boolean> {
  const programs = [
    ["wireguard-go", "--version"],
    ["wg", "--version"],
  ] as const;
  const tries = programs.map(([name, flag]) => execute(name, [flag]));
  return (await Promise.allSettled(tries)).every(({ status }) => status === "fulfilled");
}

/** WireGuard in user space between the two workers, until the bed ends. */
export async function connectByWireguard(
  bed: TestBed,
  near: PlainWorker,
  far: PlainWorker,
): Promise<void> {
  const ends = [];
  for (const worker of [near, far]) {
    await startDevice(bed, worker);
    ends.push({ worker, ...(await makeKeys(bed, worker)) });
  }
  const [one, other] = ends;
  if (one === undefined || other === undefined) throw new Error("WireGuard has two ends");
  await joinTo(one, other);
  await joinTo(other, one);
}

interface End {
  worker: PlainWorker;
  keyFile: string;
  publicKey: string;
}

async function makeKeys(bed: TestBed, worker: PlainWorker): Promise<Omit<End, "worker">> {
  const { stdout: key } = await execute("wg", ["genkey"]);
  const keyFile = join(bed.folder, `${worker.wireguard.device}.key`);
  await writeFile(keyFile, key, { mode: 0o600 });
  const { stdout } = await execute("sh", ["-c", 'wg pubkey < "$1"', "sh", keyFile]);
  return { keyFile, publicKey: stdout.trim() };
}

/** It works on any core: its threads are the tunnel. */
async function startDevice(bed: TestBed, { namespace, wireguard }: PlainWorker): Promise<void> {
  const { device, address } = wireguard;
  const [command = "", ...args] = placing(namespace, undefined);
  const tunnel = spawn(command, [...args, "wireguard-go", "--foreground", device], {
    stdio: "ignore",
    detached: true,
  });
  tunnel.on("error", () => undefined);
  bed.onClose(async () => {
    if (tunnel.exitCode !== null || tunnel.signalCode !== null) return;
    const exited = once(tunnel, "exit");
    // It removes its socket, which lies outside of the namespace.
    tunnel.kill("SIGTERM");
    await exited;
  });
  const deadlineMs = performance.now() + 5_000;
  for (;;) {
    try {
      await inNamespace(namespace, ["wg", "show", device]);
      break;
    } catch (error) {
      if (tunnel.exitCode !== null || performance.now() > deadlineMs) throw error;
      await delay(20);
    }
  }
  await ip("-n", namespace, "addr", "add", `${address}/24`, "dev", device);
  await ip("-n", namespace, "link", "set", device, "mtu", "1420", "up");
}

async function joinTo({ worker, keyFile }: End, other: End): Promise<void> {
  const { address } = other.worker.wireguard;
  const own = ["private-key", keyFile, "listen-port", String(port)];
  const endpoint = ["endpoint", `${other.worker.underlay}:${port}`];
  const peer = ["peer", other.publicKey, ...endpoint, "allowed-ips", `${address}/32`];
  const { device } = worker.wireguard;
  await inNamespace(worker.namespace, ["wg", "set", device, ...own, ...peer]);
}
