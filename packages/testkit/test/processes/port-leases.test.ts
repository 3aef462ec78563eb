import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createPortLeases } from "../../src/processes/port-leases.ts";

/** Few ports, so that the edges of the range are met, and far from those that other tests lease. */
const first = 61_000 + Math.floor(Math.random() * 4_500);
const range = [first, first + 9] as const;

function leaseFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "oak-leases-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

test("leases on one folder never share a port", async () => {
  const folder = leaseFolder();
  const leases = await Promise.all(
    Array.from({ length: 5 }, () => createPortLeases({ folder, range }).lease(2)),
  );
  const ports = leases.flatMap((lease) => lease.ports);
  expect(new Set(ports).size).toBe(10);
  expect(Math.min(...ports)).toBe(range[0]);
  expect(Math.max(...ports)).toBe(range[1]);
});

test("when no port is left it says so, and keeps none", async () => {
  const folder = leaseFolder();
  const leases = createPortLeases({ folder, range });
  await expect(leases.lease(11)).rejects.toThrow(`${first} to ${first + 9}`);
  expect(readdirSync(folder)).toEqual([]);
});

test("released ports can be leased again", async () => {
  const leases = createPortLeases({ folder: leaseFolder(), range });
  const lease = await leases.lease(10);
  lease.release();
  lease.release();
  expect((await leases.lease(10)).ports).toHaveLength(10);
});

test("a port on which somebody listens is not leased", async () => {
  const server = createServer();
  onTestFinished(() => {
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(first + 4, "127.0.0.1", resolve));
  const { ports } = await createPortLeases({ folder: leaseFolder(), range }).lease(9);
  expect(ports).not.toContain(first + 4);
});

test("the lease of a process that ended is taken over", async () => {
  const folder = leaseFolder();
  writeFileSync(join(folder, String(first)), String(deadPid()));
  const { ports } = await createPortLeases({ folder, range }).lease(10);
  expect(ports).toContain(first);
});

test("the lease of a living process is not taken over", async () => {
  const folder = leaseFolder();
  writeFileSync(join(folder, String(first)), String(process.ppid));
  const { ports } = await createPortLeases({ folder, range }).lease(9);
  expect(ports).not.toContain(first);
});

test("a lease that somebody else takes over at this moment is left alone", async () => {
  const folder = leaseFolder();
  writeFileSync(join(folder, String(first)), String(deadPid()));
  writeFileSync(join(folder, `${first}.takeover`), String(process.ppid));
  const { ports } = await createPortLeases({ folder, range }).lease(9);
  expect(ports).not.toContain(first);
});

test("an offset leaves all ports of the pattern free, also for others' leases", async () => {
  const folder = leaseFolder();
  const leases = createPortLeases({ folder, range });
  const shifts = await Promise.all([
    leases.leaseOffset([100, 103, 104]),
    leases.leaseOffset([100, 103, 104]),
  ]);
  const ports = shifts.flatMap((lease) => lease.ports);
  expect(new Set(ports).size).toBe(6);
  for (const { offset, ports } of shifts) {
    expect(ports).toEqual([100 + offset, 103 + offset, 104 + offset]);
  }
});

test("ports come from outside the range of outgoing connections", async () => {
  const { ports, release } = await createPortLeases().lease(20);
  release();
  for (const port of ports) expect(port < 32_768 || port > 60_999).toBe(true);
});
