import type { Candidate, Feed } from "@oak/contracts";
import { createHttpClient, createSilentLogger, HttpError } from "@oak/kit";
import { expect, onTestFinished, test } from "vitest";
import { createClusterScheduler, createRootScheduler } from "../src/service.ts";
import { eventually } from "./eventually.ts";
import { aFeed, aJob, aRequest, aWorker, idOf, tierSecret } from "./fixtures.ts";
import { startStandIn } from "./stand-in.ts";

/** The scheduler between a resource abstractor and a manager that are tiny servers. */
async function setUp({ create = createClusterScheduler, managerFails = 0 } = {}) {
  let feed: Feed<unknown> | undefined = aFeed({ items: [aWorker(1)] });
  let cursor = "c1";
  const resourceAbstractor = await startStandIn(({ query }) => {
    const body = feed ?? (query.get("wait") === "0" ? aFeed({ reset: false, cursor }) : undefined);
    feed = undefined;
    cursor = body?.cursor ?? cursor;
    return body && { status: 200, body };
  });
  let failures = managerFails;
  const manager = await startStandIn(() => {
    failures -= 1;
    return failures >= 0 ? { status: 503, body: {} } : { status: 200, body: { status: "ok" } };
  });
  const scheduler = create({
    resourceAbstractorUrl: resourceAbstractor.url,
    managerUrl: manager.url,
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
    random: () => 0.1,
  });
  await scheduler.start();
  const client = createHttpClient({
    baseUrl: scheduler.url(),
    headers: { authorization: `Bearer ${tierSecret}` },
  });
  onTestFinished(async () => {
    client.close();
    await scheduler.stop();
  });
  /** Only who asks anew hears of it. */
  const store = (next: Partial<Feed<Candidate>>): void => {
    feed = aFeed({ reset: false, ...next });
  };
  const tell = (next: Partial<Feed<Candidate>>): void => {
    store(next);
    resourceAbstractor.wake();
  };
  const propose = async (attempt: string) => {
    const body = { requests: [aRequest(attempt)] };
    const answer = await client.request({ method: "POST", path: "/api/calculate/batch", body });
    return (answer as { proposals: Record<string, unknown>[] }).proposals[0];
  };
  const isReady = async () => (await fetch(`${scheduler.url()}/readyz`)).ok;
  return { scheduler, resourceAbstractor, manager, client, store, tell, propose, isReady };
}

test("it is ready once the candidates are known, and asks for them with the tier's secret", async () => {
  const { isReady, resourceAbstractor, propose } = await setUp();
  await eventually(isReady);
  expect(resourceAbstractor.exchanges[0]).toMatchObject({
    path: "/api/v1/resources",
    authorization: `Bearer ${tierSecret}`,
  });
  expect(await propose("a")).toMatchObject({ attempt_id: "a", candidate_id: idOf(1) });
});

test("changes arrive while a poll waits", async () => {
  const { isReady, tell, propose, resourceAbstractor } = await setUp();
  await eventually(isReady);
  await eventually(() => resourceAbstractor.exchanges.length === 2);
  expect(resourceAbstractor.exchanges[1]?.query.get("since")).toBe("c1");
  tell({ items: [aWorker(2)], removed: [idOf(1)], cursor: "c2" });
  await eventually(() => resourceAbstractor.exchanges.length === 3);
  expect(await propose("a")).toMatchObject({ candidate_id: idOf(2) });
});

test("room that the feed has not told of yet is found before anything is refused", async () => {
  const { isReady, store, propose, resourceAbstractor } = await setUp();
  await eventually(isReady);
  await eventually(() => resourceAbstractor.exchanges.length === 2);
  await propose("a");
  store({ items: [aWorker(2)], cursor: "c2" });
  expect(await propose("b")).toMatchObject({ attempt_id: "b", candidate_id: idOf(2) });
});

test("one malformed candidate does not hide the others", async () => {
  const { isReady, tell, propose, resourceAbstractor } = await setUp();
  await eventually(isReady);
  await eventually(() => resourceAbstractor.exchanges.length === 2);
  const malformed = { ...aWorker(1), allocatable: "much" } as never;
  tell({ items: [malformed, aWorker(2)], cursor: "c2" });
  await eventually(() => resourceAbstractor.exchanges.length === 3);
  expect(await propose("a")).toMatchObject({ candidate_id: idOf(2) });
});

test("an asynchronous request is answered to the manager, again until it listens", async () => {
  const { isReady, client, manager } = await setUp({ managerFails: 2 });
  await eventually(isReady);
  const body = { ...aJob(), _id: `${idOf(0xabc)}/0`, attempt_id: "a1" };
  const answer = await client.request({ method: "POST", path: "/api/calculate/deploy", body });
  expect(answer).toEqual({ message: "ok" });
  await eventually(() => manager.exchanges.length === 3);
  expect(manager.exchanges[2]).toMatchObject({
    method: "POST",
    path: "/api/result/deploy",
    authorization: `Bearer ${tierSecret}`,
    body: { job_id: `${idOf(0xabc)}/0`, attempt_id: "a1", candidate_id: idOf(1) },
  });
});

test("a refusal reaches the manager as a status of the tier", async () => {
  const { isReady, client, manager } = await setUp({ create: createRootScheduler });
  await eventually(isReady);
  const body = aJob({ constraints: [{ type: "direct", cluster: "nowhere" }] });
  await client.request({ method: "POST", path: "/api/calculate/deploy", body });
  await eventually(() => manager.exchanges.length === 1);
  expect(manager.exchanges[0]?.body).toEqual({
    job_id: idOf(0xabc),
    status: "TargetClusterNotFound",
  });
});

test("strangers may ask for the status and nothing else", async () => {
  const { scheduler } = await setUp();
  const stranger = createHttpClient({ baseUrl: scheduler.url() });
  onTestFinished(() => stranger.close());
  expect(await stranger.request({ path: "/status" })).toEqual({ status: "ok" });
  const asked = stranger.request({
    method: "POST",
    path: "/api/calculate/batch",
    body: { requests: [] },
  });
  await expect(asked).rejects.toMatchObject({ constructor: HttpError, status: 401 });
});

test("decisions are counted by outcome, and refused candidates by reason", async () => {
  const { isReady, propose, scheduler } = await setUp();
  await eventually(isReady);
  await propose("a");
  await propose("b");
  const text = await (await fetch(`${scheduler.url()}/metrics`)).text();
  expect(text).toMatch(/oak_scheduler_decisions_total\{outcome="placed"[^}]*\} 1/);
  expect(text).toMatch(/oak_scheduler_refused_candidates_total\{reason="vcpus"[^}]*\} 1/);
});
