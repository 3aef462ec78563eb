import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { EventView } from "@oak/contracts";

/** A follower on a socket of its own, which reads only when told. */
export interface TestFollower {
  status: number;
  headers: IncomingMessage["headers"];
  /** what came so far */
  events: EventView[];
  comments: string[];
  /** Resolves as soon as `isThere` holds; rejects after some seconds. */
  until(isThere: (follower: TestFollower) => boolean): Promise<void>;
  /** Resolves when the other side has ended the stream. */
  ended: Promise<void>;
  pause(): void;
  resume(): void;
  close(): void;
}

const patienceMs = 10_000;

export async function followEvents(
  url: string,
  headers: Record<string, string>,
): Promise<TestFollower> {
  const { outgoing, incoming } = await open(url, headers);
  const waiting = new Set<() => void>();
  let rest = "";
  const follower: TestFollower = {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    events: [],
    comments: [],
    until: (isThere) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () =>
            reject(
              new Error(
                `it did not come; ${follower.events.length} events and ${follower.comments.length} comments did, status ${follower.status}`,
              ),
            ),
          patienceMs,
        );
        const look = (): void => {
          if (!isThere(follower)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    ended: new Promise((resolve) => incoming.once("close", resolve)),
    pause: () => incoming.pause(),
    resume: () => incoming.resume(),
    close: () => outgoing.destroy(),
  };
  incoming.setEncoding("utf8");
  incoming.on("error", () => undefined);
  incoming.on("data", (text: string) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) take(follower, block);
    for (const look of waiting) look();
  });
  return follower;
}

function take({ events, comments }: TestFollower, block: string): void {
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (data === undefined) comments.push(block);
  else events.push(JSON.parse(data));
}

function open(
  url: string,
  headers: Record<string, string>,
): Promise<{ outgoing: ClientRequest; incoming: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent: false });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      outgoing.removeAllListeners("error");
      outgoing.on("error", () => undefined);
      resolve({ outgoing, incoming });
    });
    outgoing.end();
  });
}
