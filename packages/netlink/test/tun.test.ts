import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { formatIp, inNamespace, openRtnetlink, openTun, type Tun } from "../src/index.ts";
import {
  canMakeNamespaces,
  type TestNamespace,
  testNamespaces,
} from "./support/test-namespaces.ts";

const run = promisify(execFile);
const udp = 17;

const setUp = (namespace: TestNamespace): Tun => {
  const tun = inNamespace(namespace.path, () => openTun("tun0"));
  const rtnetlink = inNamespace(namespace.path, openRtnetlink);
  const link = rtnetlink.link("tun0")?.index ?? 0;
  rtnetlink.setLink(link, { isUp: true });
  rtnetlink.addAddress(link, "10.18.0.1/32");
  rtnetlink.replaceRoute({ to: "10.30.0.0/16", link });
  rtnetlink.close();
  return tun;
};

/** The same datagram the other way. */
const answering = (packet: Buffer): Buffer => {
  const answer = Buffer.from(packet);
  packet.copy(answer, 12, 16, 20);
  packet.copy(answer, 16, 12, 16);
  packet.copy(answer, 20, 22, 24);
  packet.copy(answer, 22, 20, 22);
  return answer;
};

describe.skipIf(!canMakeNamespaces || !existsSync("/dev/net/tun"))("TUN", () => {
  const makeNamespace = testNamespaces();

  test("packets are read, and what is written comes in as from the network", async () => {
    const namespace = makeNamespace();
    const tun = setUp(namespace);
    const destinations: string[] = [];
    tun.onPacket((packet) => {
      if (packet[9] !== udp) return;
      destinations.push(formatIp(packet.subarray(16, 20)));
      tun.write(answering(packet));
    });
    const script =
      "exec 3<>/dev/udp/10.30.0.5/99; echo p >&3; read -t 5 -n 1 answer <&3; echo $answer";
    const name = namespace.path.replace("/run/netns/", "");
    const { stdout } = await run("ip", ["netns", "exec", name, "bash", "-c", script]);
    expect(stdout.trim()).toBe("p");
    expect(destinations).toEqual(["10.30.0.5"]);
    await tun.close();
  });

  test("closing ends the wait at once, and takes the device away", async () => {
    const namespace = makeNamespace();
    const tun = setUp(namespace);
    tun.onPacket(() => {});
    await tun.close();
    await tun.close();
    expect(namespace.run("ip", "-o", "link")).not.toContain("tun0");
  });

  test("a lasting device stays with its routes, and is opened again", async () => {
    const namespace = makeNamespace();
    const open = () => inNamespace(namespace.path, () => openTun("tun0", { isLasting: true }));
    const tun = open();
    const rtnetlink = inNamespace(namespace.path, openRtnetlink);
    const link = rtnetlink.link("tun0")?.index ?? 0;
    rtnetlink.setLink(link, { isUp: true });
    rtnetlink.replaceRoute({ to: "10.30.0.0/16", link });
    await tun.close();
    expect(rtnetlink.routes(link)).toContainEqual(
      expect.objectContaining({ to: "10.30.0.0/16", link }),
    );
    await open().close();
    expect(rtnetlink.link("tun0")?.index).toBe(link);
    rtnetlink.close();
  });

  test("a device that somebody deletes is said to be lost", async () => {
    const namespace = makeNamespace();
    const tun = setUp(namespace);
    const lost = new Promise<Error>((resolve) => tun.onLost(resolve));
    tun.onPacket(() => {});
    namespace.run("ip", "link", "delete", "tun0");
    expect(await lost).toMatchObject({ name: "KernelError" });
    await tun.close();
  });

  test("a device that another has is refused", async () => {
    const namespace = makeNamespace();
    const tun = setUp(namespace);
    expect(() => inNamespace(namespace.path, () => openTun("tun0"))).toThrow("EBUSY");
    await tun.close();
  });
});
