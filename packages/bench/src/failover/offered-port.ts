import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, connect as openConnection, type Server } from "node:net";
import type { TestBed } from "@oak/testkit";

/** Makes a TCP port of the loopback reachable at `address`, under the same number, until the bed closes. */
export async function offerStreams(bed: TestBed, address: string, port: number): Promise<void> {
  const server: Server = createServer({ noDelay: true }, (near) => {
    const far = openConnection({ host: "127.0.0.1", port, noDelay: true });
    near.pipe(far).pipe(near);
    // An end that breaks must look broken at the other one, too.
    near.on("error", () => far.resetAndDestroy());
    far.on("error", () => near.resetAndDestroy());
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  server.listen(port, address);
  await once(server, "listening");
  bed.onClose(async () => {
    server.close();
  });
}

/** The same for UDP: what is answered goes back to whoever asked. */
export async function offerDatagrams(bed: TestBed, address: string, port: number): Promise<void> {
  const near = createSocket("udp4");
  const ways = new Map<string, Socket>();
  const wayOf = (senderPort: number, senderAddress: string): Socket => {
    const key = `${senderAddress}:${senderPort}`;
    const known = ways.get(key);
    if (known !== undefined) return known;
    const far = createSocket("udp4");
    far.on("message", (answer) => near.send(answer, senderPort, senderAddress));
    // Where nobody listens, datagrams end.
    far.on("error", () => undefined);
    ways.set(key, far);
    return far;
  };
  near.on("message", (datagram, sender) => {
    wayOf(sender.port, sender.address).send(datagram, port, "127.0.0.1");
  });
  near.on("error", () => undefined);
  near.bind(port, address);
  await once(near, "listening");
  bed.onClose(async () => {
    for (const socket of [near, ...ways.values()]) socket.close();
  });
}
