import { createHttpApp, createHttpClient, createMetrics, createSilentLogger } from "@oak/kit";
import { expect, test } from "vitest";
import { createClusterManagerCredentials } from "../src/index.ts";
import { addDisconnectRoute } from "../src/routes/disconnect.ts";

const tierSecret = "the-secret-of-this-tier";

async function anApp() {
  const disconnected: string[] = [];
  const app = await createHttpApp({
    name: "mqtt-broker",
    title: "test",
    version: "0",
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "mqtt-broker" }),
    readiness: {},
    docs: false,
  });
  addDisconnectRoute(app, {
    broker: { disconnect: (username) => disconnected.push(username) },
    tierSecret,
  });
  const post = (token: string, body: object) =>
    app.inject({
      method: "POST",
      url: "/disconnect",
      headers: { authorization: `Bearer ${token}` },
      payload: body,
    });
  return { disconnected, post };
}

test("the cluster-manager can have a user disconnected", async () => {
  const { disconnected, post } = await anApp();
  const response = await post(tierSecret, { username: "w1" });
  expect([response.statusCode, response.json()]).toEqual([200, { disconnected: 1 }]);
  expect(disconnected).toEqual(["w1"]);
});

test("nobody else can", async () => {
  const { disconnected, post } = await anApp();
  expect((await post("a guess", { username: "w1" })).statusCode).toBe(401);
  expect(disconnected).toEqual([]);
});

test.each([
  [
    { kind: "worker", id: "w1" },
    { kind: "worker", id: "w1" },
  ],
  [{ kind: "none" }, undefined],
])("the cluster-manager's answer %j means %j", async (answer, identity) => {
  const asked: unknown[] = [];
  const client = createHttpClient({
    baseUrl: "http://cluster-manager",
    fetch: async (_url, init) => {
      asked.push(JSON.parse(String(init?.body)));
      return Response.json(answer);
    },
  });
  const credential = { username: "w1", password: "p" };
  expect(await createClusterManagerCredentials(client).check(credential)).toEqual(identity);
  expect(asked).toEqual([credential]);
});

test("an answer that is no success is not a refusal", async () => {
  const client = createHttpClient({
    baseUrl: "http://cluster-manager",
    fetch: async () => Response.json({}, { status: 503 }),
  });
  const checking = createClusterManagerCredentials(client).check({ username: "a", password: "b" });
  await expect(checking).rejects.toThrow("503");
});
