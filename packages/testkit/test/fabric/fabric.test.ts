import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { get as httpGet, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { canMakeFabric, createFabric, createTestBed, type Fabric } from "../../src/index.ts";

const fabricOf = async (...hosts: string[]): Promise<Fabric> => {
  const fabric = await createFabric({ hosts });
  onTestFinished(() => fabric.remove());
  return fabric;
};

const server = `require("node:http").createServer((request, response) =>
  response.end("hello " + request.socket.remoteAddress)).listen(8080)`;

const startServer = (fabric: Fabric, host: string): void => {
  fabric.host(host).spawn([process.execPath, "-e", server]);
};

const ask = (fabric: Fabric, host: string, address: string, seconds = 3): Promise<string> =>
  fabric.host(host).run(["timeout", `${seconds}`, "bash", "-c", request(address)]);

const request = (address: string): string =>
  `exec 3<>/dev/tcp/${address}/8080; printf 'GET / HTTP/1.0\r\n\r\n' >&3; tail -n 1 <&3`;

/** Not `fetch`: its first request in a process waits for ever when the connection is closed at once. */
const get = async (port: number): Promise<string> => {
  const [response] = (await once(httpGet({ port }), "response")) as [IncomingMessage];
  return text(response);
};

/** Not one that has ended and that nobody has asked for its exit code. */
const isAlive = (pid: number | undefined): boolean => {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe.skipIf(!canMakeFabric())("a fabric", () => {
  test("hosts reach each other by both families, and their own loopback", async () => {
    const fabric = await fabricOf("a", "b");
    startServer(fabric, "b");
    const { v4, v6 } = fabric.host("b");
    await expect.poll(() => ask(fabric, "a", v4).catch(String)).toBe("hello ::ffff:192.0.2.1");
    expect(await ask(fabric, "a", v6)).toBe("hello 2001:db8::1");
    expect(await ask(fabric, "b", "127.0.0.1")).toBe("hello ::ffff:127.0.0.1");
  });

  test("a server of a host is reached from the test runner", async () => {
    const fabric = await fabricOf("a");
    startServer(fabric, "a");
    const port = await fabric.expose("a", 8080);
    await expect.poll(() => get(port).catch(String)).toBe("hello ::ffff:127.0.0.1");
  });

  test("a host that is cut off is reached again when it is healed", async () => {
    const fabric = await fabricOf("a", "b", "c");
    startServer(fabric, "b");
    const { v4 } = fabric.host("b");
    await expect.poll(() => ask(fabric, "a", v4).catch(String)).toContain("hello");
    await fabric.cut("b");
    await expect(ask(fabric, "a", v4, 1)).rejects.toThrow("timeout");
    await fabric.heal("b");
    expect(await ask(fabric, "a", v4)).toContain("hello");
  });

  test("two hosts are cut off from each other, and others are not", async () => {
    const fabric = await fabricOf("a", "b", "c");
    startServer(fabric, "b");
    const { v4 } = fabric.host("b");
    await expect.poll(() => ask(fabric, "c", v4).catch(String)).toContain("hello");
    await fabric.cut("a", "b");
    await expect(ask(fabric, "a", v4, 1)).rejects.toThrow("timeout");
    expect(await ask(fabric, "c", v4)).toContain("hello");
    await fabric.heal("b", "a");
    expect(await ask(fabric, "a", v4)).toContain("hello");
  });

  test("a share of the packets is lost", async () => {
    const fabric = await fabricOf("a", "b");
    const { v4 } = fabric.host("b");
    // Neighbours are known before: three lost questions for one would end the whole series.
    await fabric.host("a").run(["/bin/busybox", "ping", "-c", "1", v4]);
    await fabric.lose(0.5, "b");
    const pings = await fabric
      .host("a")
      .run(["/bin/busybox", "ping", "-c", "100", "-i", "0.01", "-W", "1", v4])
      .catch(String);
    const arrived = Number(/(\d+) packets received/.exec(pings)?.[1]);
    expect(arrived).toBeGreaterThan(5);
    expect(arrived).toBeLessThan(60);
  });

  test("a workload has a namespace of its own, with a loopback and nothing else", async () => {
    const fabric = await fabricOf("a");
    const workload = await fabric.startWorkload();
    expect(readlinkSync(workload.path)).not.toBe(readlinkSync("/proc/self/ns/net"));
    const links = await workload.run(["ip", "-o", "link"]);
    expect(links.trim().split("\n")).toHaveLength(1);
    expect(links).toContain("LOOPBACK,UP");
    await workload.stop();
    expect(isAlive(workload.pid)).toBe(false);
  });

  test("a program of a test bed runs on a host", async () => {
    const fabric = await fabricOf("a", "b");
    const bed = await createTestBed();
    onTestFinished(() => bed.close());
    const entry = join(bed.folder, "server.cjs");
    writeFileSync(entry, server);
    bed.addProcess({ name: "server", entry, namespace: fabric.host("b").path }).launch();
    const { v4 } = fabric.host("b");
    await expect.poll(() => ask(fabric, "a", v4).catch(String)).toContain("hello");
  });

  test("a program of a test bed has a folder of its own in place of one of the machine's", async () => {
    const bed = await createTestBed();
    onTestFinished(() => bed.close());
    const [machines, own] = [join(bed.folder, "machines"), join(bed.folder, "own")];
    const entry = join(bed.folder, "writer.cjs");
    writeFileSync(
      entry,
      `require("fs").writeFileSync(${JSON.stringify(join(machines, "a"))}, "b")`,
    );
    const program = bed.addProcess({ name: "writer", entry, ownFolders: { [machines]: own } });
    program.launch();
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(readdirSync(machines)).toEqual([]);
    expect(readdirSync(own)).toEqual(["a"]);
  });

  test("a program that fails says so", async () => {
    const fabric = await fabricOf("a");
    await expect(fabric.host("a").run(["ip", "link", "show", "nothing"])).rejects.toThrow(
      "nothing",
    );
    await expect(fabric.host("a").run(["no-such-program"])).rejects.toThrow("ENOENT");
  });

  test("its end leaves nothing behind, also of what went on by itself", async () => {
    const fabric = await fabricOf("a", "b");
    const spawned = fabric.host("a").spawn(["sleep", "600"]);
    const orphan = await fabric
      .host("b")
      .run(["sh", "-c", "sleep 600 >/dev/null 2>&1 </dev/null & echo $!"]);
    const workload = await fabric.startWorkload();
    await fabric.remove();
    await fabric.remove();
    await expect
      .poll(() => [spawned.pid, Number(orphan), workload.pid].filter(isAlive))
      .toEqual([]);
    const { namespace } = fabric.host("a");
    expect(execFileSync("ip", ["netns"], { encoding: "utf8" })).not.toContain(namespace);
  });
});
