import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { BrokerAnswer, Outcome } from "../doctor/probes.ts";
import { faultOf } from "./connection-faults.ts";

/** CONNECT of MQTT 3.1.1: clean session, no login, client id `oak-doctor`. */
const clientId = "oak-doctor";
const greeting = Buffer.concat([
  Buffer.from([0x10, 12 + clientId.length]),
  Buffer.from([0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 10, 0, clientId.length]),
  Buffer.from(clientId),
]);

const connackType = 0x20;
const connackBytes = 4;

/** Greets a broker and hangs up; resolves always. One that hangs up on a greeting is asked whether it speaks TLS. */
export async function greetBroker(
  host: string,
  port: number,
  limitMs: number,
): Promise<Outcome<BrokerAnswer>> {
  const plain = await greet(host, port, limitMs);
  if (plain.kind !== "broken") return plain;
  return (await speaksTls(host, port, limitMs)) ? { kind: "answer", login: "tls" } : plain;
}

function greet(host: string, port: number, limitMs: number): Promise<Outcome<BrokerAnswer>> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const timer = setTimeout(
      () => end({ kind: "timeout", detail: `no answer within ${limitMs / 1_000} s` }),
      limitMs,
    );
    let received = Buffer.alloc(0);
    const end = (outcome: Outcome<BrokerAnswer>): void => {
      clearTimeout(timer);
      resolve(outcome);
      socket.destroy();
    };
    socket.once("connect", () => socket.write(greeting));
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= connackBytes) end(judge(received));
    });
    socket.on("error", (error) => end(faultOf(error)));
    socket.once("close", () => end({ kind: "broken", detail: "it hangs up on an MQTT greeting" }));
  });
}

function judge(received: Buffer): Outcome<BrokerAnswer> {
  if (received[0] !== connackType) return { kind: "broken", detail: "it does not speak MQTT" };
  return { kind: "answer", login: received[3] === 0 ? "accepted" : "refused-login" };
}

/** Nothing is said over it, so that it does not matter whose certificate it is. */
function speaksTls(host: string, port: number, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    const timer = setTimeout(() => end(false), limitMs);
    const end = (does: boolean): void => {
      clearTimeout(timer);
      resolve(does);
      socket.destroy();
    };
    socket.once("secureConnect", () => end(true));
    socket.on("error", () => end(false));
    socket.once("close", () => end(false));
  });
}
