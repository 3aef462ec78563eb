import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ASK_KINDS, type Ask, type Instance, parseWorkerTopic } from "@oak/contracts";
import {
  createAskUplink,
  createHttpApp,
  createHttpServer,
  createMetrics,
  createSilentLogger,
  systemClock,
} from "@oak/kit";
import { expect, onTestFinished, test } from "vitest";
import { createAskPart } from "../src/asks/ask-part.ts";
import { logQuestions } from "../src/asks/log-questions.ts";
import type { Worker } from "../src/ports.ts";

const logger = createSilentLogger();
const left = "a".repeat(24);
const right = "b".repeat(24);
const job = "c".repeat(24);

/** The cluster's side of questions to workers, with a broker that only remembers. */
async function setUp() {
  const published: { workerId: string; ask: Ask }[] = [];
  const part = createAskPart({
    rootUrl: undefined,
    rootState: () => undefined,
    handlers: {},
    link: {
      publish: (topic, message) => {
        const to = parseWorkerTopic(topic);
        expect(to?.topic).toBe("ask");
        published.push({ workerId: to?.workerId ?? "", ask: message as Ask });
      },
    },
    logger,
    clock: systemClock,
  });
  const app = await createHttpApp({
    name: "cluster-manager",
    title: "test",
    version: "0",
    logger,
    metrics: createMetrics({ service: "test" }),
    readiness: {},
    docs: false,
  });
  part.addRoutes(app, async ({ username, password }) =>
    password === `password-of-${username}` ? username : undefined,
  );
  const server = createHttpServer({ app, address: { host: "127.0.0.1", port: 0 }, logger });
  await server.start();
  onTestFinished(async () => {
    await part.stop();
    await server.stop();
  });
  const uplinkOf = (workerId: string, password = `password-of-${workerId}`) => {
    const uplink = createAskUplink({
      baseUrl: server.url(),
      path: "/api/node/asks",
      token: () => `${workerId}:${password}`,
    });
    onTestFinished(() => uplink.close());
    return uplink;
  };
  const signal = new AbortController().signal;
  return { part, published, uplinkOf, signal };
}

const aWorker = (changes: Partial<Worker> = {}): Worker => ({
  id: left,
  session: 1,
  liveness: "alive",
  heardAtMs: 0,
  hasReported: true,
  isLegacy: false,
  ...changes,
});

test("only the worker that is asked is told, and only it may answer", async () => {
  const { part, published, uplinkOf, signal } = await setUp();
  const asking = part.askWorker({ child: left, kind: "logs", params: {}, signal });
  expect(published.map(({ workerId }) => workerId)).toEqual([left]);
  const id = published[0]?.ask.id ?? "";
  const words = () => Readable.from(["words"]);

  await expect(uplinkOf(right).send(id, words(), signal)).rejects.toMatchObject({ status: 404 });
  await expect(uplinkOf(left, "guessed").send(id, words(), signal)).rejects.toMatchObject({
    status: 401,
  });
  const refusal = { status: 404, code: "forged", message: "" };
  await expect(uplinkOf(right).refuse(id, refusal)).rejects.toMatchObject({ status: 404 });

  await uplinkOf(left).send(id, words(), signal);
  expect(await text(await asking)).toBe("words");
});

test.each([
  ["of an unknown instance", undefined, aWorker(), 404],
  ["of an instance that no worker has", { child: null }, aWorker(), 404],
  ["of a worker of an older version", { child: left }, aWorker({ isLegacy: true }), 503],
  ["of a worker that is silent", { child: left }, aWorker({ liveness: "lost" }), 503],
])("logs %s are refused at once", async (_name, instance, worker, status) => {
  const { [ASK_KINDS.logs]: handler } = logQuestions({
    instance: () => instance as Instance | undefined,
    worker: () => worker,
    askWorker: () => Promise.reject(new Error("nobody is to be asked")),
  });
  const question = { job_id: job, instance_number: 0, follow: false, timestamps: false };
  await expect(handler?.(question, new AbortController().signal)).rejects.toMatchObject({ status });
});
