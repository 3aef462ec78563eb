import { isDeepStrictEqual } from "node:util";
import { Application, Candidate, Job, Microservice, Resources } from "@oak/contracts";
import type { z } from "zod";
import { assertStorable } from "../storable.ts";

/** What hooks may do to the data of a write. */
export interface HookedShape<B> {
  /** Checks data that a hook has changed; throws what says why it cannot be stored. */
  read(data: Record<string, unknown>): B;
  /** Whether hooks have no say about a field: ids, owners, and what the protocol counts by. */
  isProtected(key: string): boolean;
}

/** Whatever a body may call its identity and its owner. */
const ids = ["_id", "rev", "if_version", "owner", "userId", "organization", "organization_id"];

/** A shape whose bodies a schema reads. */
export function shapeOf<B extends Record<string, unknown>>(
  schema: z.ZodType<B>,
  isProtected: (key: string) => boolean,
): HookedShape<B> {
  return {
    isProtected,
    read: (data) => {
      const body = schema.parse(data);
      assertStorable(body);
      return body;
    },
  };
}

/** Of a service, hooks may change what its owner writes into an SLA, but not what it is called nor what it may do. */
export const isProtectedOfJobs = protector({
  owned: Job.shape,
  open: [...Object.keys(Microservice.shape), "image"],
  closed: [
    "microserviceID",
    "microservice_name",
    "microservice_namespace",
    "privileged",
    "replicas",
    "addresses",
    "accept_from",
    "connectivity",
  ],
});

export const isProtectedOfApplications = protector({
  owned: Application.shape,
  open: ["application_desc"],
});

/** Of a worker or a cluster, hooks may change figures and fields of addons. */
export const isProtectedOfResources = protector({
  owned: Candidate.shape,
  open: [...Object.keys(Resources.shape), "candidate_location"],
  closed: ["identity_key", "active"],
});

interface Fields {
  /** fields that a release knows: closed, but for the open ones; others are open */
  owned: Readonly<Record<string, unknown>>;
  open: readonly string[];
  closed?: readonly string[];
}

function protector({ owned, open, closed = [] }: Fields): (key: string) => boolean {
  const protectedKeys = new Set([...Object.keys(owned), ...ids, ...closed]);
  for (const key of open) if (!closed.includes(key)) protectedKeys.delete(key);
  return (key) => protectedKeys.has(key);
}

/** What a hook answered, taken over as far as it may: `reason` when that cannot be stored. */
export type Taken<B> = { ok: true; body: B; isChanged: boolean } | { ok: false; reason: string };

/**
 * upstream: the answer takes the place of the data. Here protected fields stay as they were, and an answer without any
 * field is taken as "nothing to say".
 */
export function takeAnswer<B extends object>(
  shape: HookedShape<B>,
  body: B,
  answer: Readonly<Record<string, unknown>>,
): Taken<B> {
  const unchanged = { ok: true, body, isChanged: false } as const;
  if (Object.keys(answer).length === 0) return unchanged;
  const given = Object.entries(answer).filter(([key]) => !shape.isProtected(key));
  const kept = Object.entries(body).filter(
    ([key, value]) => value !== undefined && shape.isProtected(key),
  );
  const merged = Object.fromEntries([...given, ...kept]);
  if (isDeepStrictEqual(merged, { ...body })) return unchanged;
  try {
    return { ok: true, body: shape.read(merged), isChanged: true };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
