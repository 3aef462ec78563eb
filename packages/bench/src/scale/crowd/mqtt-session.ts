import { connect, type Socket } from "node:net";
import {
  type ConnectPacket,
  createPacketReader,
  DISCONNECT,
  encodeConnect,
  encodePuback,
  encodePublish,
  encodeSubscribe,
  type Incoming,
} from "./mqtt-packets.ts";

export interface SessionOptions extends ConnectPacket {
  port: number;
  /** one of the loopback's many, so that thousands of sessions find ports */
  localAddress: string;
  /** what this client wants to hear, quality 1 */
  filter: string;
  onMessage(topic: string, payload: Buffer): void;
  /** once, whatever ended it */
  onEnd(): void;
}

/** A connection that the broker has admitted and that hears what it subscribed to. */
export interface MqttSession {
  /** Nothing happens when the connection is gone. `onAcknowledged` is for quality 1. */
  publish(topic: string, payload: string, options: PublishOptions): void;
  /** Says farewell, so that the will is not published. */
  leave(): void;
  /** Ends without a word, as a machine without power does. */
  destroy(): void;
}

export interface PublishOptions {
  qos: 0 | 1;
  onAcknowledged?: () => void;
}

/** The broker has answered, and it was no. */
export class SessionRefused extends Error {
  readonly returnCode: number;

  constructor(returnCode: number) {
    super(`The broker answered ${returnCode}`);
    this.returnCode = returnCode;
  }
}

const connectTimeoutMs = 10_000;
const subscriptionId = 1;

/** Connects, is admitted, subscribes. @throws SessionRefused, or the error of the socket */
export function openSession(options: SessionOptions): Promise<MqttSession> {
  return new Promise((resolve, reject) => {
    const { port, localAddress } = options;
    const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
    const session = createSession(socket);
    let isOpen = false;
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error("The broker did not answer")), connectTimeoutMs);
    const take = (packet: Incoming): void => {
      if (packet.kind === "publish") options.onMessage(packet.topic, packet.payload);
      if (packet.kind === "connack") {
        if (packet.returnCode !== 0) fail(new SessionRefused(packet.returnCode));
        else socket.write(encodeSubscribe(subscriptionId, options.filter, 1));
      }
      if (packet.kind === "suback") {
        clearTimeout(timer);
        if (packet.returnCode > 2) {
          fail(new SessionRefused(packet.returnCode));
          return;
        }
        isOpen = true;
        resolve(session);
      }
    };
    socket.on("data", createPacketReader(session.taking(take)));
    socket.on("connect", () => socket.write(encodeConnect(options)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (isOpen) options.onEnd();
      else fail(new Error("The connection was closed"));
    });
  });
}

interface SessionWithIntake extends MqttSession {
  /** Does what the protocol asks for each packet, then passes it on. */
  taking(next: (packet: Incoming) => void): (packet: Incoming) => void;
}

function createSession(socket: Socket): SessionWithIntake {
  const unacknowledged = new Map<number, () => void>();
  let lastId = subscriptionId;
  const nextId = (): number => {
    lastId = lastId >= 65_535 ? subscriptionId + 1 : lastId + 1;
    return lastId;
  };
  return {
    taking: (next) => (packet) => {
      if (packet.kind === "publish" && packet.qos === 1) socket.write(encodePuback(packet.id));
      if (packet.kind === "puback") {
        unacknowledged.get(packet.id)?.();
        unacknowledged.delete(packet.id);
      }
      next(packet);
    },
    publish: (topic, payload, { qos, onAcknowledged }) => {
      if (!socket.writable) return;
      const id = qos === 0 ? undefined : nextId();
      if (id !== undefined && onAcknowledged !== undefined) unacknowledged.set(id, onAcknowledged);
      socket.write(encodePublish(topic, payload, id));
    },
    leave: () => socket.end(DISCONNECT),
    destroy: () => socket.destroy(),
  };
}
