import type {
  ClusterInstanceReport,
  ClusterReport,
  JobSpec,
  WantedAnswer,
  WantedChange,
} from "@oak/contracts";
import { ClusterRegistration, ClusterReport as ClusterReportSchema } from "@oak/contracts";
import { createHttpApp, createHttpServer, createMetrics, createSilentLogger } from "@oak/kit";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { until } from "./until.ts";

export const clusterJoinSecret = "the-cluster-join-secret";
const clusterId = "c1".padEnd(24, "0");

export const aJob = (id: string, changes: Partial<JobSpec> = {}): JobSpec => ({
  _id: id.padEnd(24, "0"),
  job_name: `app.ns.web${id}.ns`,
  image: "web:1",
  virtualization: "docker",
  vcpus: 1,
  memory: 100,
  ...changes,
});

/** The root as a cluster sees it: its REST interface, and a test that decides what it wants. */
export async function startFakeRoot() {
  const wanted = new Map<string, WantedChange>();
  const latest = new Map<string, ClusterInstanceReport>();
  const reports: ClusterReport[] = [];
  const stop: ClusterReport["jobs"] = [];
  let session = 0;
  let wantRev = 0;
  let token = "first-token";
  let incarnation = "root-incarnation-1";
  let registrations = 0;
  let isAway = false;

  const app = await createHttpApp({
    name: "root",
    title: "fake root",
    version: "0",
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "fake-root" }),
    readiness: {},
    docs: false,
  });
  const refuse = (code: string) => ({ error: code, message: code });

  app.post(
    "/api/cluster/register",
    { schema: { body: ClusterRegistration } },
    async ({ headers }, reply) => {
      const bearer = headers.authorization?.replace("Bearer ", "");
      if (isAway) return reply.code(503).send(refuse("unavailable"));
      if (bearer !== clusterJoinSecret && bearer !== token) {
        return reply.code(401).send(refuse("unauthenticated"));
      }
      registrations += 1;
      session += 1;
      return { id: clusterId, token, session, incarnation, want_rev: wantRev };
    },
  );
  app.get(
    "/api/clusters/:id/wanted",
    {
      schema: {
        querystring: z.object({
          since: z.coerce.number(),
          wait: z.coerce.number(),
          session: z.coerce.number(),
        }),
      },
    },
    async ({ query, headers }, reply) => {
      if (isAway) return reply.code(503).send(refuse("unavailable"));
      if (headers.authorization !== `Bearer ${token}`) return reply.code(401).send(refuse("x"));
      if (query.session !== session) return reply.code(409).send(refuse("unknown_session"));
      const deadline = performance.now() + query.wait * 1_000;
      while (wantRev <= query.since && performance.now() < deadline && !app.closing.aborted) {
        if (query.session !== session || isAway) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const answer: WantedAnswer = {
        incarnation,
        session,
        want_rev: wantRev,
        full: query.since === 0,
        changes: [...wanted.values()].filter((change) => change.want_rev > query.since),
      };
      return answer;
    },
  );
  app.post(
    "/api/information/:id",
    { schema: { body: ClusterReportSchema } },
    async ({ body, headers }, reply) => {
      if (isAway) return reply.code(503).send(refuse("unavailable"));
      if (headers.authorization !== `Bearer ${token}`) return reply.code(401).send(refuse("x"));
      if (body.session !== session) return reply.code(409).send(refuse("unknown_session"));
      reports.push(body);
      for (const job of body.jobs) {
        for (const item of job.instance_list) {
          latest.set(`${job._id}/${item.instance_number}`, item);
        }
      }
      return { message: "ok", stop: [], send_full: false, want_rev: wantRev, incarnation };
    },
  );
  const server = createHttpServer({
    app,
    address: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  await server.start();
  onTestFinished(() => server.stop());

  const change = (job: JobSpec, n: number, isWanted: boolean, epoch = 1): WantedChange => {
    wantRev += 1;
    const made: WantedChange = {
      job_id: job._id,
      instance_number: n,
      epoch,
      spec_rev: 1,
      want_rev: wantRev,
      wanted: isWanted,
      ...(isWanted ? { job } : {}),
    };
    wanted.set(`${job._id}/${n}`, made);
    return made;
  };
  return {
    url: server.url(),
    reports,
    stop,
    latest,
    want: (job: JobSpec, n = 0, epoch = 1) => change(job, n, true, epoch),
    unwant: (job: JobSpec, n = 0) => change(job, n, false),
    /** Waits until the cluster has reported the instance in this status. */
    sees: (job: JobSpec, n: number, status: string) =>
      until(() => {
        const item = latest.get(`${job._id}/${n}`);
        return item?.status === status ? item : undefined;
      }),
    token: () => token,
    incarnation: () => incarnation,
    registrations: () => registrations,
    /** Everything that clusters knew of this root is void. */
    forgetSessions: () => {
      session += 1;
    },
    replace: () => {
      token = "another-token";
      incarnation = "root-incarnation-2";
      wantRev = 0;
      wanted.clear();
    },
    setAway: (away: boolean) => {
      isAway = away;
    },
  };
}

export type FakeRoot = Awaited<ReturnType<typeof startFakeRoot>>;
