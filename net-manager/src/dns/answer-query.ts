import type { Clock } from "@oak/kit";
import { type Answer, encode, type Question } from "dns-packet";
import type { KnownService } from "../domain/known-service.ts";
import { type AskedName, readServiceName } from "../domain/service-name.ts";
import type { Addresses } from "../ports.ts";
import { type Query, readQuery } from "./read-query.ts";

export interface AnswererOptions {
  find(jobName: string): Promise<KnownService | undefined>;
  /** Undefined: no resolver of the host has answered. */
  forward(packet: Buffer, protocol: "udp" | "tcp"): Promise<Buffer | undefined>;
  clock: Clock;
  onAnswer(by: "table" | "host" | "nobody"): void;
  timeoutMs?: number;
}

/** Undefined for what is no question. */
export type AnswerQuery = (packet: Buffer, protocol: "udp" | "tcp") => Promise<Buffer | undefined>;

const rcode = { noError: 0, servFail: 2, nameError: 3, notImplemented: 4 } as const;
const isAuthoritative = 0x0400;
const recursionDesired = 0x0100;
const recursionAvailable = 0x0080;
/** Addresses stay with a service, but it may be deleted and made anew. */
const ttlS = 5;
const defaultTimeoutMs = 3_000;
const udpPayloadSize = 1_232;

type Outcome = { code: number; addresses: readonly string[] };

/** Answers what stands under `oak` and hands on everything else. */
export function createAnswerer(options: AnswererOptions): AnswerQuery {
  const { find, forward, clock, onAnswer, timeoutMs = defaultTimeoutMs } = options;

  const lookUp = async (asked: AskedName, type: Question["type"]): Promise<Outcome> => {
    const found = await withinTime(find(asked.spelt), clock, timeoutMs);
    if (found === "late") return { code: rcode.servFail, addresses: [] };
    const addresses = found && addressesOf(found, asked.which);
    return addresses === undefined
      ? { code: rcode.nameError, addresses: [] }
      : { code: rcode.noError, addresses: ofType(addresses, type) };
  };

  const answerOwn = async (question: Question): Promise<Outcome> => {
    const asked = readServiceName(question.name);
    if (asked === "parent") return { code: rcode.noError, addresses: [] };
    if (typeof asked === "string") return { code: rcode.nameError, addresses: [] };
    return lookUp(asked, question.type);
  };

  const answerHost = async (packet: Buffer, query: Query, protocol: "udp" | "tcp") => {
    const answer = await forward(packet, protocol);
    onAnswer(answer === undefined ? "nobody" : "host");
    return answer ?? respond(query, { code: rcode.servFail, addresses: [] }, false);
  };

  return async (packet, protocol) => {
    const query = readQuery(packet);
    if (query === undefined) return undefined;
    const { question } = query;
    if (question === undefined) {
      return respond(query, { code: rcode.notImplemented, addresses: [] }, false);
    }
    if (readServiceName(question.name) === "foreign") return answerHost(packet, query, protocol);
    onAnswer("table");
    return respond(query, await answerOwn(question), true);
  };
}

function respond(query: Query, { code, addresses }: Outcome, isOwn: boolean): Buffer {
  const { id, flags, question, isExtended } = query;
  const name = question?.name ?? "";
  const answers = addresses.map(
    (data): Answer => ({ type: data.includes(":") ? "AAAA" : "A", name, ttl: ttlS, data }),
  );
  const own = isOwn ? isAuthoritative : 0;
  const asked = flags & recursionDesired;
  return encode({
    type: "response",
    id,
    flags: own | asked | recursionAvailable | code,
    questions: question === undefined ? [] : [question],
    answers,
    // Says for how long the absence of an answer may be believed.
    authorities: isOwn && answers.length === 0 ? [startOfAuthority] : [],
    additionals: isExtended ? [extension] : [],
  });
}

const startOfAuthority: Answer = {
  type: "SOA",
  name: "oak",
  ttl: ttlS,
  data: {
    mname: "ns.oak",
    rname: "hostmaster.oak",
    serial: 1,
    refresh: 3_600,
    retry: 600,
    expire: 86_400,
    minimum: ttlS,
  },
};

const extension: Answer = {
  type: "OPT",
  name: ".",
  udpPayloadSize,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

function addressesOf(service: KnownService, which: AskedName["which"]): Addresses | undefined {
  if (typeof which === "number") {
    return service.instances.find(({ number }) => number === which)?.instance;
  }
  return service.addresses.find(({ policy }) => policy === which)?.addresses;
}

function ofType({ v4, v6 }: Addresses, type: Question["type"]): string[] {
  if (type === "A") return [v4];
  return type === "AAAA" ? [v6] : [];
}

async function withinTime<T>(
  work: Promise<T>,
  clock: Clock,
  timeoutMs: number,
): Promise<T | "late"> {
  let cancel = (): void => undefined;
  const late = new Promise<"late">((resolve) => {
    cancel = clock.setTimer(timeoutMs, () => resolve("late"));
  });
  try {
    return await Promise.race([work.catch(() => "late" as const), late]);
  } finally {
    cancel();
  }
}
