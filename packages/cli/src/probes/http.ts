import { type IncomingMessage, type RequestOptions, request } from "node:http";
import type { HttpAnswer, HttpQuestion, Outcome } from "../doctor/probes.ts";
import { faultOf } from "./connection-faults.ts";

const mostBytes = 16 * 1024 * 1024;

/** One request of its own, without redirects; resolves always. */
export function askHttp(question: HttpQuestion, limitMs: number): Promise<Outcome<HttpAnswer>> {
  const { body, headers } = question;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sent = text === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve) => {
    const outgoing = request({
      ...targetOf(question),
      method: text === undefined ? "GET" : "POST",
      headers: { accept: "application/json", ...sent, ...headers },
      agent: false,
    });
    const timer = setTimeout(() => {
      resolve({ kind: "timeout", detail: `no answer within ${limitMs / 1_000} s` });
      outgoing.destroy();
    }, limitMs);
    const end = (outcome: Outcome<HttpAnswer>): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    outgoing.on("error", (error) => end(faultOf(error)));
    outgoing.once("response", (incoming) => {
      readAnswer(incoming).then(end, (error: unknown) => end(faultOf(error)));
    });
    outgoing.end(text);
  });
}

function targetOf({ base, path }: HttpQuestion): RequestOptions {
  if (base.startsWith("unix:")) return { socketPath: base.slice("unix:".length), path };
  const { hostname, port } = new URL(base);
  return { host: hostname.replace(/^\[|\]$/g, ""), port, path };
}

async function readAnswer(incoming: IncomingMessage): Promise<Outcome<HttpAnswer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      incoming.destroy();
      return { kind: "broken", detail: "the answer is too long" };
    }
    chunks.push(chunk);
  }
  const dateMs = Date.parse(incoming.headers.date ?? "");
  return {
    kind: "answer",
    status: incoming.statusCode ?? 0,
    body: parsed(Buffer.concat(chunks).toString("utf8")),
    dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
