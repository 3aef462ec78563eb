import { lookup } from "node:dns/promises";
import { get } from "node:http";
import { connect, isIP } from "node:net";
import { endpointOf } from "@oak/kit";
import type { ClusterDialler } from "../use-cases/check-addresses.ts";

/** Somebody must have answered by then; a look is no conversation. */
const limitMs = 2_000;
const mostBytes = 4_096;

/**
 * Knocks at a cluster, at addresses and never at names, so that what was judged is what is dialled. No redirects, one
 * fixed path, nothing of an answer but its name gets out of here.
 */
export function createClusterDialler(): ClusterDialler {
  return {
    // Names of interfaces are another machine's.
    resolve: async (host) => {
      const bare = host.replace(/^\[|\]$/g, "");
      if (isIP(bare) !== 0) return bare.includes("%") ? [] : [bare];
      try {
        const found = await inTime(lookup(bare, { all: true }));
        return found.map(({ address }) => address);
      } catch {
        return [];
      }
    },
    knock,
    nameAt,
  };
}

/** Undefined when somebody listens; else why not. */
function knock(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: limitMs });
    const end = (trouble: string | undefined): void => {
      resolve(trouble);
      socket.destroy();
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end(late));
    socket.once("error", (error) => end(troubleOf(error)));
  });
}

/** upstream: `GET /api/cluster/status`, open to everybody. */
function nameAt(address: string, port: number): Promise<{ name: string } | { trouble: string }> {
  return new Promise((resolve) => {
    const base = `http://${endpointOf(address, port)}`;
    const request = get(`${base}/api/cluster/status`, { agent: false, timeout: limitMs });
    const end = (outcome: { name: string } | { trouble: string }): void => {
      clearTimeout(timer);
      resolve(outcome);
      request.destroy();
    };
    // The timeout of a socket begins anew with each byte that somebody sends.
    const timer = setTimeout(() => end({ trouble: late }), limitMs);
    request.once("error", (error) => end({ trouble: troubleOf(error) }));
    request.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > mostBytes) end({ trouble: stranger });
      });
      response.once("end", () => end(nameIn(text)));
      response.once("error", (error) => end({ trouble: troubleOf(error) }));
    });
  });
}

const late = `does not answer within ${limitMs / 1_000} s`;
const stranger = "is another program's";

function nameIn(text: string): { name: string } | { trouble: string } {
  try {
    const name: unknown = Reflect.get(JSON.parse(text), "cluster_name");
    return typeof name === "string" ? { name } : { trouble: stranger };
  } catch {
    return { trouble: stranger };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  EHOSTUNREACH: "is out of reach",
  ENETUNREACH: "is out of reach",
  ETIMEDOUT: late,
};

function troubleOf(error: Error): string {
  const code: unknown = Reflect.get(error, "code");
  return reasons[String(code)] ?? `breaks off (${String(code ?? error.message)})`;
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("the resolver is too slow")), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
