import { createHttpApp, createMetrics, createSilentLogger } from "@oak/kit";
import { expect, onTestFinished, test } from "vitest";
import { aJob, aRequest, idOf } from "../../test/fixtures.ts";
import type { DeployRequest } from "../use-cases/answer-deploys.ts";
import { addCalculateRoutes } from "./calculate.ts";

async function setUp(blockedBy?: string) {
  const app = await createHttpApp({
    name: "test",
    title: "Test",
    version: "1",
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "test" }),
    readiness: {},
    docs: false,
  });
  onTestFinished(() => app.close());
  const accepted: DeployRequest[] = [];
  const propose = ({ attempt_id }: { attempt_id: string }) => ({
    attempt_id,
    candidate_id: idOf(1),
    score: 1,
  });
  addCalculateRoutes(app, {
    proposer: {
      propose,
      proposeAll: async (requests) => requests.map(propose),
      explain: () => ({ chosen: null, detail: "", candidates: [], omitted: 0, last: null }),
    },
    answers: { accept: (request) => accepted.push(request) <= 1 },
    blockedBy: () => blockedBy,
  });
  const post = (path: string, body: object) =>
    app.inject({ method: "POST", url: `/calculate/${path}`, payload: body });
  return { post, accepted };
}

test("a job of the root is accepted at once", async () => {
  const { post, accepted } = await setUp();
  const answer = await post("deploy", { ...aJob(), attempt_id: "a1", some_unknown_key: 1 });
  expect([answer.statusCode, answer.json()]).toEqual([200, { message: "ok" }]);
  expect(accepted).toMatchObject([{ jobId: idOf(0xabc), attemptId: "a1", job: aJob() }]);
});

test("a job of a cluster names the instance, which is not the service's id", async () => {
  const { post, accepted } = await setUp();
  const answer = await post("deploy", { ...aJob(), _id: `${idOf(0xabc)}/3` });
  expect(answer.statusCode).toBe(200);
  expect(accepted).toMatchObject([
    { jobId: `${idOf(0xabc)}/3`, attemptId: undefined, job: { _id: idOf(0xabc) } },
  ]);
});

test("a batch is answered in the order of its requests", async () => {
  const { post } = await setUp();
  const answer = await post("batch", { requests: [aRequest("a"), aRequest("b")] });
  expect(answer.statusCode).toBe(200);
  expect(answer.json().proposals.map((each: { attempt_id: string }) => each.attempt_id)).toEqual([
    "a",
    "b",
  ]);
});

test.each([
  { name: "no id", body: { ...aJob(), _id: undefined }, pointer: "/_id" },
  { name: "an id of another form", body: { ...aJob(), _id: "web" }, pointer: "/_id" },
  { name: "a missing runtime", body: { ...aJob(), virtualization: 7 }, pointer: "/virtualization" },
  { name: "a demand below zero", body: aJob({ vcpus: -1 }), pointer: "/vcpus" },
  { name: "a port beyond the last", body: aJob({ port: "70000:80" }), pointer: "/port" },
  { name: "a port that is no number", body: aJob({ port: "a:80" }), pointer: "/port" },
])("refused: $name", async ({ body, pointer }) => {
  const { post, accepted } = await setUp();
  const answer = await post("deploy", body);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().errors[0].pointer).toBe(pointer);
  expect(accepted).toEqual([]);
  const inBatch = await post("batch", { requests: [aRequest("a", { job: body as never })] });
  expect(inBatch.statusCode).toBe(422);
});

test("no decision is made before the candidates are known", async () => {
  const { post, accepted } = await setUp("the candidates are not known yet");
  const answer = await post("deploy", aJob());
  expect(answer.statusCode).toBe(503);
  expect(answer.json().message).toContain("the candidates are not known yet");
  expect((await post("batch", { requests: [] })).statusCode).toBe(503);
  expect(accepted).toEqual([]);
});

test("when too many wait, the next is told so", async () => {
  const { post } = await setUp();
  await post("deploy", aJob());
  expect((await post("deploy", aJob())).statusCode).toBe(503);
});
