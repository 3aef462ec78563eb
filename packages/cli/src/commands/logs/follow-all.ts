import { setTimeout as delay } from "node:timers/promises";
import { type Doc, docFrom, docsAt, numberAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { ApiError } from "../../api/api-error.ts";
import { apiPath } from "../../api/api-path.ts";
import { isPassing } from "../../stream/persistent.ts";
import { type LogWish, linesFollowed } from "./instance-lines.ts";
import type { PrintLine } from "./line-printer.ts";

export interface FollowAll {
  api: Api;
  serviceId: string;
  wish: LogWish;
  print: PrintLine;
  onLost(reason: string): void;
}

const lookMs = 2_000;
const fromItsBeginning: LogWish = { since: undefined, tail: undefined };

/** Follows all instances, those that are started meanwhile too; ends when the last one has ended. @throws ApiError */
export async function followAll(numbers: readonly number[], all: FollowAll): Promise<void> {
  const ending = new AbortController();
  const seen = new Set<number>();
  const open = new Set<Promise<void>>();
  const begin = (number: number, wish: LogWish): void => {
    seen.add(number);
    const one = follow(number, { ...all, wish }, ending.signal);
    open.add(one);
    one.then(
      () => open.delete(one),
      () => undefined,
    );
  };
  for (const number of numbers) begin(number, all.wish);
  try {
    while (open.size > 0) {
      const pause = delay(lookMs, undefined, { signal: ending.signal });
      // A failure of one is a failure of all.
      await Promise.race([pause, ...[...open].map(async (one) => one.then(() => pause))]);
      const fresh = (await numbersNow(all)).filter((number) => !seen.has(number));
      for (const number of fresh) begin(number, fromItsBeginning);
    }
  } finally {
    ending.abort();
    await Promise.allSettled(open);
  }
}

async function follow(number: number, all: FollowAll, signal: AbortSignal): Promise<void> {
  const { api, serviceId, wish, print, onLost } = all;
  const target = { api, serviceId, instance: number };
  for await (const line of linesFollowed(target, { wish, onLost, signal })) {
    await print(number, line);
  }
}

/** None when nobody can tell at the moment, or the service is gone. */
async function numbersNow({ api, serviceId }: FollowAll): Promise<number[]> {
  try {
    const path = apiPath`/api/service/${serviceId}`;
    return instanceNumbers(docFrom(await api.call("GET", path), "the service"));
  } catch (error) {
    if (isPassing(error) || (error instanceof ApiError && error.status === 404)) return [];
    throw error;
  }
}

export function instanceNumbers(service: Doc): number[] {
  const numbers = docsAt(service, "instance_list").map((one) => numberAt(one, "instance_number"));
  return numbers.filter((number) => number !== undefined);
}
