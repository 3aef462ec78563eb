import { createHttpClient, HttpError, hashToken } from "@oak/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "./deployments.ts";
import { clusterToken, eventually, type Site, startSite, tierSecret } from "./harness.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

async function call(line: string, body?: unknown, token = tierSecret): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const client = createHttpClient({ baseUrl: site.url(), headers });
  const [method, path = ""] = line.split(" ") as ["GET", string];
  try {
    return await client.request({ method, path, body });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { status: error.status, code: error.code };
  } finally {
    client.close();
  }
}
const update = (changes: Record<string, unknown> = {}) => ({
  job_name: "app.test.none.test",
  instance_number: 0,
  type: "DEPLOYMENT",
  ...changes,
});
const known = async () => (await site.stored("services")).map(({ _id }) => String(_id));

test("a service that is about to run here is known before anybody asks", async () => {
  const worker = await site.worker("a");
  const { name } = await deploy(site, worker.id);
  await eventually(async () => {
    const answer = await call("POST /api/net/deployment", { job_name: name });
    return answer === "job stored succesfully";
  });
  expect(await known()).toContain(name);
  expect(await call(`DELETE /api/net/deployment/${name}`)).toBe("job removed succesfully");
  expect(await known()).toContain(name);
});

test("a root that dials shows the hash of the cluster's token", async () => {
  const told = "update notification received";
  const line = "POST /api/net/job/update";
  expect(await call(line, update(), hashToken(clusterToken))).toBe(told);
  const stranger = { status: 401, code: "unauthenticated" };
  expect(await call(line, update(), clusterToken)).toEqual(stranger);
  expect(await call(line, update(), "somebody")).toEqual(stranger);
  const deployment = { job_name: "app.test.none.test" };
  expect(await call("POST /api/net/deployment", deployment, hashToken(clusterToken))).toEqual({
    status: 403,
    code: "forbidden",
  });
});

test("what is pushed is known when it is acknowledged", async () => {
  const job_name = "app.test.pushed.test";
  const service = {
    _id: "f".repeat(24),
    job_name,
    service_ip_list: [{ IpType: "RR", Address: "10.30.9.9", Address_v6: "fdff:2000::9" }],
    instance_list: [],
  };
  await call("POST /api/net/job/update", update({ job_name, service }));
  expect(await known()).toContain(job_name);
});

test.each([
  ["POST /api/net/deployment", { job_name: "three.parts.only" }],
  ["POST /api/net/deployment", {}],
  ["POST /api/net/job/update", update({ instance_number: -2 })],
  ["POST /api/net/job/update", update({ type: "MOVE" })],
  ["POST /api/net/job/update", update({ job_name: undefined })],
  ["DELETE /api/net/deployment/app_.test.web.test", undefined],
])("%s %j is refused with 400", async (line, body) => {
  expect(await call(line, body)).toEqual({ status: 400, code: "invalid_input" });
});

test("a service that does not exist cannot be prepared", async () => {
  const refusal = { status: 404, code: "service_unknown" };
  const body = { job_name: "app.test.none.test" };
  expect(await call("POST /api/net/deployment", body)).toEqual(refusal);
});
