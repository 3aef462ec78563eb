import { Instance } from "@oak/contracts";
import { type HttpClient, HttpError } from "@oak/kit";
import { z } from "zod";
import type { AssignmentStore } from "../ports.ts";

const path = "/api/v1/instances";
const InstanceList = z.array(Instance);
const ObservedAnswer = z.object({ stored: z.array(z.boolean()) });

/** Instances, kept by the tier's resource abstractor. Reports that come close together share a request. */
export function createAssignmentClient(client: HttpClient): AssignmentStore {
  const observe = createBatch<{ _id: string; seen: unknown }, boolean>(async (items) => {
    const body = { items };
    const { stored } = await client.request({
      method: "POST",
      path: `${path}/seen`,
      body,
      schema: ObservedAnswer,
    });
    return stored;
  });
  return {
    list: () => client.request({ path, schema: InstanceList, timeoutMs: 30_000 }),
    get: (key) =>
      client
        .request({ path: `${path}/${key}`, schema: Instance })
        .catch((error: unknown) => unless(error, 404, undefined)),
    write: ({ _id, ...assignment }) =>
      client
        .request({
          method: "PUT",
          path: `${path}/${_id}`,
          body: { _id, ...assignment },
          schema: Instance,
        })
        .catch((error: unknown) =>
          isStatus(error, 404) ? ("conflict" as const) : unless(error, 409, "conflict" as const),
        ),
    observe: (key, seen) => observe({ _id: key, seen }),
    remove: (key, rev) =>
      client
        .request({ method: "DELETE", path: `${path}/${key}`, query: { if_version: rev } })
        .then(() => "removed" as const)
        .catch((error: unknown) =>
          isStatus(error, 404) ? ("removed" as const) : unless(error, 409, "conflict" as const),
        ),
  };
}

const MAX_BATCH = 1000;

/**
 * Collects what is asked while a request is under way (or in the same turn) and asks it in one. Alone, an
 * item goes out at once.
 */
export function createBatch<Item, Answer>(
  send: (items: Item[]) => Promise<Answer[]>,
): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve(answer: Answer): void; reject(error: unknown): void };
  let waiting: Waiting[] = [];
  let isSending = false;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      try {
        const answers = await send(batch.map(({ item }) => item));
        batch.forEach(({ resolve, reject }, index) => {
          const answer = answers[index];
          if (answer === undefined) reject(new Error("a batch was answered in part"));
          else resolve(answer);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isSending = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isSending) return;
      isSending = true;
      queueMicrotask(() => void flush());
    });
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof HttpError && error.status === status;
}

/** The value in place of an error with this status; anything else goes on. */
export function unless<T>(error: unknown, status: number, value: T): T {
  if (isStatus(error, status)) return value;
  throw error;
}
