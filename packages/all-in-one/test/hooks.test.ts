import type { CustomResource, HookWithSecret } from "@oak/contracts";
import { createHttpClient, type HttpClient } from "@oak/kit";
import { addSeparateServices, type TestBed, type TierAccess } from "@oak/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import { addAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla } from "./support/an-sla.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { type HookCall, isSigned, startHookReceiver } from "./support/hook-receiver.ts";
import { SYSTEM_TEST_MS } from "./support/on-docker.ts";
import { createPublicApi, type PublicApi } from "./support/public-api.ts";
import { aTestBed } from "./support/system.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS, hookTimeout: SYSTEM_TEST_MS });

const env = { HOOKS_ALLOW: "127.0.0.1" };

interface Started {
  api: PublicApi;
  url: string;
  account: { username: string; password: string };
  cluster: TierAccess;
}

async function startAllInOne(bed: TestBed): Promise<Started> {
  const system = await addAllInOneSystem(bed, { env: { ...env, OAK_RUNTIME: "fake" } });
  await system.program.process.start();
  const account = { username: "Admin", password: "Admin" };
  return { api: system.api, url: system.program.url, account, cluster: system.tiers.cluster };
}

async function startServices(bed: TestBed): Promise<Started> {
  const hooked = { "root-resource-abstractor": env, "cluster-resource-abstractor": env };
  const services = await addSeparateServices(bed, {
    ...{ withWorker: true, runtime: "fake", env: hooked },
  });
  await services.start();
  const { url, adminPassword: password, tiers } = services;
  const account = { username: "Admin", password };
  return { api: createPublicApi(url, account), url, account, cluster: tiers.cluster };
}

function clientOf(baseUrl: string, token: string): HttpClient {
  const headers = { authorization: `Bearer ${token}` };
  const client = createHttpClient({ baseUrl, headers, timeoutMs: 10_000 });
  onTestFinished(() => client.close());
  return client;
}

async function asAdmin({ url, account }: Started): Promise<HttpClient> {
  const anonymous = createHttpClient({ baseUrl: url });
  const request = { method: "POST", path: "/api/auth/login", body: account } as const;
  const { token } = (await anonymous.request(request)) as { token: string };
  anonymous.close();
  return clientOf(url, token);
}

const post = async <T>(client: HttpClient, path: string, body: unknown): Promise<T> =>
  (await client.request({ method: "POST", path, body })) as T;

const withEnvironment = ({ path, body }: HookCall) =>
  path === "/change" ? { ...body, environment: ["ADDED_BY=hook"] } : undefined;

test.each([
  ["all-in-one", startAllInOne],
  ["separate services", startServices],
])("%s: hooks of both tiers see, change and hear what is deployed", async (_name, start) => {
  const receiver = await startHookReceiver(withEnvironment);
  onTestFinished(receiver.stop);
  const started = await start(await aTestBed());
  const root = await asAdmin(started);
  const cluster = clientOf(started.cluster.abstractorUrl, started.cluster.tierSecret);
  const addHook = (client: HttpClient, name: string, entity: string, event: string) =>
    post<HookWithSecret>(client, client === root ? "/api/hooks" : "/api/v1/hooks", {
      ...{ hook_name: name, webhook_url: receiver.urlOf(name), entity, events: [event] },
    });
  const told = await addHook(root, "told", "applications", "post_create");
  await addHook(root, "change", "jobs", "pre_create");
  const placed = await addHook(cluster, "placed", "instances", "post_create");

  const { service, application } = await deploy(started, anSla({ code: "fake/ok" }), 1);
  await untilRunning(started, service, 1);
  expect(await started.api.service(service)).toMatchObject({ environment: ["ADDED_BY=hook"] });
  await eventually(() => {
    expect(receiver.callsOf("told").map(({ body }) => body)).toEqual([
      { entity: "applications", entity_id: application, event: "post_create" },
    ]);
    expect(receiver.callsOf("placed").map(({ body }) => body)).toEqual([
      { entity: "instances", entity_id: `${service}/0`, event: "post_create" },
    ]);
  });
  expect(receiver.callsOf("told").every((call) => isSigned(call, told.secret ?? ""))).toBe(true);
  expect(receiver.callsOf("placed").every((call) => isSigned(call, placed.secret ?? ""))).toBe(
    true,
  );

  const types = "/api/custom-resources";
  const schema = { type: "object", properties: { fps: { type: "integer" } }, required: ["fps"] };
  await post(root, types, { resource_type: "camera", schema });
  await addHook(root, "camera", "camera", "post_create");
  const made = await post<CustomResource>(root, `${types}/camera`, { fps: 25 });
  await expect(post(root, `${types}/camera`, { fps: "many" })).rejects.toThrow("400");
  await eventually(() => {
    expect(receiver.callsOf("camera").map(({ body }) => body)).toEqual([
      { entity: "camera", entity_id: made._id, event: "post_create" },
    ]);
  });
});
