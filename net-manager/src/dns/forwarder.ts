import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { Clock } from "@oak/kit";
import type { HostResolvers, Server } from "./host-resolvers.ts";
import { framed, readFrames } from "./tcp-frames.ts";

export interface ForwarderOptions {
  servers: HostResolvers;
  clock: Clock;
  /** For each resolver. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 2_000;

/**
 * Hands a question to the host's resolvers, one after the other. Each question has a socket and a port of its own, so
 * nobody can slip an answer in who cannot read it.
 */
export function createForwarder({
  servers,
  clock,
  timeoutMs = defaultTimeoutMs,
}: ForwarderOptions) {
  return async (packet: Buffer, protocol: "udp" | "tcp"): Promise<Buffer | undefined> => {
    const ask = protocol === "udp" ? askByUdp : askByTcp;
    for (const server of await servers()) {
      const answer = await ask(server, packet, { clock, timeoutMs });
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

interface Limits {
  clock: Clock;
  timeoutMs: number;
}

function askByUdp(
  { address, port }: Server,
  packet: Buffer,
  { clock, timeoutMs }: Limits,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    let isOver = false;
    const end = (answer?: Buffer): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      socket.close();
      resolve(answer);
    };
    const cancel = clock.setTimer(timeoutMs, () => end());
    socket.on("error", () => end());
    socket.on("message", (answer) => {
      if (isAnswerTo(packet, answer)) end(answer);
    });
    socket.connect(port, address, () => {
      if (!isOver) socket.send(packet);
    });
  });
}

function askByTcp(
  { address, port }: Server,
  packet: Buffer,
  { clock, timeoutMs }: Limits,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const end = (answer?: Buffer): void => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    const cancel = clock.setTimer(timeoutMs, () => end());
    socket.on("error", () => end());
    socket.on("close", () => end());
    const read = readFrames((answer) => {
      if (isAnswerTo(packet, answer)) end(answer);
    });
    socket.on("data", read);
    socket.write(framed(packet));
  });
}

/** The same id, and an answer. */
function isAnswerTo(packet: Buffer, answer: Buffer): boolean {
  return (
    answer.length >= 12 &&
    answer.readUInt16BE(0) === packet.readUInt16BE(0) &&
    (answer.readUInt16BE(2) & 0x8000) !== 0
  );
}
