import type { Readable } from "node:stream";
import type { LogEntry } from "../../domain/log-entries.ts";
import type { LogQuery } from "../../ports.ts";
import type { DockerClient } from "./docker-client.ts";

const headerBytes = 8;
/** Docker breaks lines at 16 KB. */
const largestFrame = 1024 * 1024;
/** `2006-01-02T15:04:05.000000000Z` and a space. */
const longestTime = 40;

/** What a container has printed, and will print until its run ends. Ends at `signal`. */
export async function* readLogs(
  client: DockerClient,
  handle: string,
  { sinceMs, tail, follow, signal }: LogQuery,
): AsyncGenerator<LogEntry> {
  const stream = await openLogs(client, handle, {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    ...(tail !== undefined && { tail }),
    ...(sinceMs !== undefined && { since: sinceMs / 1_000 }),
  });
  const end = (): void => void stream.destroy();
  signal.addEventListener("abort", end, { once: true });
  try {
    if (signal.aborted) return;
    for await (const frame of framesOf(stream)) yield toEntry(frame);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", end);
    stream.destroy();
  }
}

/** Not by dockerode's own method, which reads a log that is not followed into memory as a whole. */
function openLogs(
  { docker, call }: DockerClient,
  handle: string,
  options: object,
): Promise<Readable> {
  return call(
    (abortSignal) =>
      new Promise((resolve, reject) => {
        docker.modem.dial(
          {
            path: `/containers/${encodeURIComponent(handle)}/logs?`,
            method: "GET",
            isStream: true,
            abortSignal,
            options,
            statusCodes: { 200: true, 404: "no such container", 500: "server error" },
          },
          (error: unknown, stream: unknown) => {
            if (error) reject(error);
            else resolve(stream as Readable);
          },
        );
      }),
  );
}

/** One byte for the stream, three empty ones, four for the length. */
async function* framesOf(stream: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const length = rest.readUInt32BE(4);
      if (length > largestFrame) throw new Error("The log of the container cannot be read");
      if (rest.length < headerBytes + length) break;
      yield rest.subarray(headerBytes, headerBytes + length);
      rest = rest.subarray(headerBytes + length);
    }
  }
}

function toEntry(frame: Buffer): LogEntry {
  const space = frame.subarray(0, longestTime).indexOf(0x20);
  if (space === -1) return { at: "", bytes: frame };
  return { at: frame.toString("latin1", 0, space), bytes: frame.subarray(space + 1) };
}
