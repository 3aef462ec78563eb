import {
  type HookEvent,
  Id,
  Instance,
  InstanceChange,
  InstanceChangeOutcome,
  InstanceFeed,
  InstanceKey,
  InstanceWrite,
  instanceKey,
  MOST_CHANGED,
  SeenWrite,
  splitInstanceKey,
} from "@oak/contracts";
import { type ChangeFeed, commonErrors, type Fault, type HttpApp } from "@oak/kit";
import { z } from "zod";
import { errors } from "../errors.ts";
import type { InstanceStore } from "../ports.ts";
import type { HookedWrites } from "../use-cases/hooks/hooked-writes.ts";
import { createPollFeed } from "../use-cases/poll-feed.ts";
import { recordObservation, removeInstance, writeInstance } from "../use-cases/write-instance.ts";
import { answerPoll, pollQuery } from "./long-poll.ts";
import { instanceParams } from "./params.ts";

const listQuery = z.object({
  ...pollQuery,
  job_id: Id.exactOptional(),
  child: Id.exactOptional(),
});
const removeQuery = z.object({ if_version: z.coerce.number().pipe(z.int().min(0)) });

const SeenBatch = z
  .object({ items: z.array(z.object({ _id: InstanceKey, seen: SeenWrite })).max(1000) })
  .meta({ id: "SeenBatch" });
const SeenStored = z.object({ stored: z.boolean() }).meta({ id: "SeenStored" });
const SeenBatchStored = z.object({ stored: z.array(z.boolean()) }).meta({ id: "SeenBatchStored" });

const InstanceChanges = z
  .object({ items: z.array(InstanceChange).max(MOST_CHANGED) })
  .meta({ id: "InstanceChanges" });
const InstancesChanged = z
  .object({
    outcomes: z.array(InstanceChangeOutcome).describe("one for each item, in their order"),
  })
  .meta({ id: "InstancesChanged" });

export interface InstanceRouteDeps {
  instances: InstanceStore;
  feed: ChangeFeed;
  hooks: Pick<HookedWrites, "happened">;
}

export function addInstanceRoutes(app: HttpApp, deps: InstanceRouteDeps): void {
  const { instances, feed, hooks } = deps;
  const tags = ["instances"];
  const path = "/instances/:job/:n";
  const poll = createPollFeed(feed, instances);

  app.get(
    "/instances",
    {
      schema: {
        tags,
        querystring: listQuery,
        response: { 200: z.union([InstanceFeed, z.array(Instance)]) },
      },
    },
    ({ query }, reply) => {
      const { since, wait, ...filter } = query;
      if (since === undefined) return instances.list(filter);
      return answerPoll({ app, reply }, poll, { since, wait });
    },
  );
  app.get(
    path,
    { schema: { tags, params: instanceParams, response: { 200: Instance } } },
    async ({ params }) => {
      const key = instanceKey(params.job, params.n);
      const instance = await instances.find(key);
      if (instance === undefined) throw errors.instance_unknown(`No instance ${key}`);
      return instance;
    },
  );
  app.put(
    path,
    { schema: { tags, params: instanceParams, body: InstanceWrite, response: { 200: Instance } } },
    async ({ params, body }) => {
      assertSameInstance(params, body);
      const written = await writeInstance(instances, body);
      tellChange(hooks, body._id, body.if_version === 0 ? "post_create" : "post_update");
      return written;
    },
  );
  app.delete(
    path,
    { schema: { tags, params: instanceParams, querystring: removeQuery } },
    async ({ params, query }, reply) => {
      const key = instanceKey(params.job, params.n);
      await removeInstance(instances, key, query.if_version);
      tellChange(hooks, key, "post_delete");
      return reply.code(204).send();
    },
  );
  app.post(
    "/instances/changes",
    { schema: { tags, body: InstanceChanges, response: { 200: InstancesChanged } } },
    async ({ body: { items } }) => {
      const outcomes = await instances.changeAll(items);
      for (const [i, change] of items.entries()) {
        if (outcomes[i] === "done") tellChange(hooks, change._id, eventOf(change));
      }
      return { outcomes };
    },
  );
  addObservationRoutes(app, deps);
}

function eventOf(change: InstanceChange): HookEvent {
  if (change.do === "remove") return "post_delete";
  return change.if_version === 0 ? "post_create" : "post_update";
}

/** upstream: a change of an instance is an update of its service. */
function tellChange(
  hooks: Pick<HookedWrites, "happened">,
  key: InstanceKey,
  event: HookEvent,
): void {
  hooks.happened("instances", key, event);
  hooks.happened("jobs", splitInstanceKey(key).jobId, "post_update");
}

function addObservationRoutes(app: HttpApp, { instances, hooks }: InstanceRouteDeps): void {
  const tags = ["instances"];
  app.patch(
    "/instances/:job/:n/seen",
    { schema: { tags, params: instanceParams, body: SeenWrite, response: { 200: SeenStored } } },
    async ({ params, body }) => {
      const key = instanceKey(params.job, params.n);
      const { stored } = await recordObservation(instances, key, body);
      if (stored) tellChange(hooks, key, "post_update");
      return { stored };
    },
  );
  app.post(
    "/instances/seen",
    { schema: { tags, body: SeenBatch, response: { 200: SeenBatchStored } } },
    async ({ body: { items } }) => {
      const stored = await instances.observeAll(items);
      for (const [i, { _id }] of items.entries()) {
        if (stored[i] === true) tellChange(hooks, _id, "post_update");
      }
      return { stored };
    },
  );
}

/** The path and the body name an instance three times; they have to agree. */
function assertSameInstance({ job, n }: z.infer<typeof instanceParams>, body: InstanceWrite): void {
  const expected = { _id: instanceKey(job, n), job_id: job, instance_number: n };
  const faults = Object.entries(expected).flatMap(([key, value]): Fault[] => {
    const found = Reflect.get(body, key);
    if (found === value) return [];
    const message = "does not match the path";
    return [{ pointer: `/${key}`, message, found: String(found), allowed: String(value) }];
  });
  if (faults.length > 0) {
    throw commonErrors.invalid_input({ detail: "Path and body name different instances", faults });
  }
}
