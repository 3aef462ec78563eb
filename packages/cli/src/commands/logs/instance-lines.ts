import { type Doc, docFrom, docsAt, numberAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { ApiError } from "../../api/api-error.ts";
import { apiPath } from "../../api/api-path.ts";
import { persistent } from "../../stream/persistent.ts";
import { createLogPosition, type LogLine, type LogPosition, logLineFrom } from "./log-line.ts";

export interface LogTarget {
  api: Api;
  serviceId: string;
  instance: number;
}

export interface LogWish {
  since: string | undefined;
  tail: number | undefined;
}

/** What an instance has written until now. @throws ApiError */
export async function* linesUntilNow(target: LogTarget, wish: LogWish): AsyncGenerator<LogLine> {
  const lines = await open(target, { ...wish });
  for await (const line of lines) yield logLineFrom(line);
}

export interface FollowOptions {
  wish: LogWish;
  onLost(reason: string): void;
  signal: AbortSignal;
}

/** The same, and what it writes from now on; ends when it is gone, or has done its work. @throws ApiError, AbortError */
export async function* linesFollowed(
  target: LogTarget,
  { wish, onLost, signal }: FollowOptions,
): AsyncGenerator<LogLine> {
  const position = createLogPosition();
  const beganAt = new Date().toISOString();
  let isAgain = false;
  yield* persistent<LogLine>({
    open: async () => {
      const asked = isAgain ? wishAgain(wish, position, beganAt) : wish;
      isAgain = true;
      position.rewind();
      return newLines(await openOrNone(target, asked), position);
    },
    goesOn: () => goesOn(target),
    onLost,
    signal,
  });
}

function wishAgain(wish: LogWish, { at }: LogPosition, beganAt: string): LogWish {
  const since = at ?? (wish.tail === undefined ? wish.since : beganAt);
  return { since, tail: undefined };
}

async function* newLines(
  lines: AsyncIterable<string>,
  position: LogPosition,
): AsyncGenerator<LogLine> {
  for await (const text of lines) {
    const line = logLineFrom(text);
    if (position.take(line)) yield line;
  }
}

type Asked = LogWish & { follow?: true };

function open({ api, serviceId, instance }: LogTarget, asked: Asked) {
  const path = apiPath`/api/service/${serviceId}/instance/${instance}/logs`;
  return api.lines(path, { query: { ...asked, timestamps: true }, type: "text/plain" });
}

/** An instance that was not placed yet, or is on its way to another node, has no log for a moment. */
async function openOrNone(target: LogTarget, wish: LogWish): Promise<AsyncIterable<string>> {
  try {
    return await open(target, { ...wish, follow: true });
  } catch (error) {
    const isAbsent = error instanceof ApiError && error.status === 404 && !isWithoutRoute(error);
    if (!isAbsent) throw error;
    return nothing();
  }
}

async function* nothing(): AsyncGenerator<string> {}

/** Whether an instance whose log has ended may write again: it is there, and not at its end. */
async function goesOn({ api, serviceId, instance }: LogTarget): Promise<boolean> {
  try {
    const service = docFrom(await api.call("GET", apiPath`/api/service/${serviceId}`), "service");
    const found = instanceOf(service, instance);
    return found !== undefined && textAt(found, "status") !== "COMPLETED";
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

export function instanceOf(service: Doc, number: number): Doc | undefined {
  return docsAt(service, "instance_list").find(
    (one) => numberAt(one, "instance_number") === number,
  );
}

/** The service and the instance were found just now: what is not there is the route. */
export function isWithoutRoute(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const isRoute = error.code === undefined || error.code === "not_found";
  return (error.status === 404 && isRoute) || [405, 501].includes(error.status);
}
