import type { IncomingMessage } from "node:http";
import { CliError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { faultOf } from "../probes/connection-faults.ts";
import { UnreachableRoot } from "./unreachable.ts";

const mostBytes = 256 * 1024 * 1024;
/** A long list over a thin line takes its time; a trickle that never ends is no answer. */
const mostTimeouts = 5;

/** The whole text of an answer. @throws UnreachableRoot when it breaks off or stalls, CliError when it is endless */
export async function readText(
  incoming: IncomingMessage,
  { server, timeoutMs }: { server: string; timeoutMs: number },
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.setTimeout(timeoutMs, () => incoming.destroy(new Error("it stalled")));
  const limit = setTimeout(() => {
    incoming.destroy(new Error(`not complete after ${(mostTimeouts * timeoutMs) / 1_000} s`));
  }, mostTimeouts * timeoutMs);
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostBytes) {
        incoming.destroy();
        throw new CliError(`the answer of ${server} is longer than 256 MiB`, {
          advice: ["--limit N asks for less"],
        });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new UnreachableRoot(server, faultOf(error), error);
  } finally {
    clearTimeout(limit);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Lines as they come, without their ends; the last one also without a line feed. @throws UnreachableRoot */
export async function* readLines(
  incoming: IncomingMessage,
  server: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      // A line without end must not fill the memory.
      if (rest.length > 1024 * 1024) {
        yield rest;
        rest = "";
      }
    }
  } catch (error) {
    throw new UnreachableRoot(server, faultOf(error), error);
  } finally {
    incoming.destroy();
  }
  if (rest !== "") yield rest;
}

/**
 * The JSON of an answer. upstream: some routes answer a JSON string that holds JSON, which may be a string again.
 *
 * @throws CliError when it is none
 */
export function parseAnswer(text: string, server: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" && /^\s*["[{]/.test(value) ? JSON.parse(value) : value;
  } catch (cause) {
    throw new CliError(`${server} answered something that is not JSON`, {
      exitCode: exitCodes.failed,
      advice: ["Is it the address of a root? `oak config show` tells which one is used"],
      cause,
    });
  }
}
