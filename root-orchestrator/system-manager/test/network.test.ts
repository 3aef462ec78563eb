import type { GivenAddresses } from "@oak/contracts";
import { type ClientRequest, type HttpClient, HttpError, UnreachableError } from "@oak/kit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

/** In place of the root's network-manager: says what a test wants, and remembers what it was asked. */
const network = {
  asked: [] as string[],
  given: [] as GivenAddresses[],
  answer: (_line: string): unknown => "ok",
};
const client: HttpClient = {
  request: async ({ method = "GET", path }: ClientRequest) => {
    const line = `${method} ${path}`;
    network.asked.push(line);
    const answer = network.answer(line);
    if (answer instanceof Error) throw answer;
    if (line === "POST /api/net/addresses") return { services: network.given } as never;
    if (line === "GET /api/net/cluster") return { cluster_ids: [] } as never;
    return answer as never;
  },
  close: () => undefined,
};
const away = new UnreachableError("POST /", { isTimeout: false, cause: undefined });
const refusing = (status: number, error: string, message: string) =>
  new HttpError("POST /", { status, body: { error, message } });
/** The answer to one route; all others succeed. */
const answering = (part: string, answer: unknown) => (line: string) =>
  line.includes(part) ? answer : "ok";

let database: TestDatabase;
let harness: Harness;
let token: string;
beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database, { networkManager: client });
  token = await harness.login();
});
afterEach(() => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  Object.assign(network, { asked: [], given: [], answer: () => "ok" });
});
afterAll(async () => {
  await harness.stop();
  await database.stop();
});

/** The little of an SLA that these tests look into. */
interface OneService {
  applications: [{ microservices: [object] }];
}
const create = (body: unknown = anSla()) =>
  harness.call("POST", "/api/application", { token, body });
const wishing = () => {
  const sla = anSla() as unknown as OneService;
  Object.assign(sla.applications[0].microservices[0], {
    addresses: { rr_ip: "10.30.30.30" },
  });
  return sla;
};
const deploy = (id: string) => harness.call("POST", `/api/service/${id}/instance`, { token });
const living = () => [...harness.stores.storedJobs.values()].filter(({ deleted }) => !deleted);

test("a pool without addresses is told by its name, and nothing of the application is left", async () => {
  const refusal = refusing(507, "pool_exhausted", "The pool service_v4 has no address left");
  network.answer = answering("/api/net/service/deploy", refusal);
  expect(await create()).toMatchObject({
    status: 507,
    body: { error: "addresses_exhausted", message: "The pool service_v4 has no address left" },
  });
  expect(living()).toEqual([]);
  expect(harness.stores.storedApplications.size).toBe(0);
  expect(network.asked.filter((line) => line.startsWith("DELETE"))).not.toEqual([]);
});

test("a service that is added with an address of another is listed as failed", async () => {
  const { body } = await create();
  const words = "10.30.30.30 belongs to another service";
  network.answer = answering("/service/deploy", refusing(409, "address_taken", words));
  const sla = wishing();
  Object.assign(sla.applications[0], { applicationID: body[0].applicationID });
  Object.assign(sla.applications[0].microservices[0], { microservice_name: "other" });
  const before = living().length;
  const added = await harness.call("POST", "/api/service", { token, body: sla });
  expect(added).toMatchObject({
    status: 200,
    body: { job_id: null, failed_services: [{ status: 409, message: words }] },
  });
  expect(living()).toHaveLength(before);
});

test("while the network is away services are made, unless they chose an address", async () => {
  network.answer = () => away;
  expect((await create()).status).toBe(200);
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  expect(await create(wishing())).toMatchObject({ status: 503, body: { error: "unavailable" } });
  expect(living()).toEqual([]);
});

test("an instance without an address is not wanted any more, one whose network is away is", async () => {
  const { body } = await create();
  const id: string = body[0].microservices[0];
  network.answer = answering("/instance/deploy", refusing(507, "pool_exhausted", "service_v4"));
  expect(await deploy(id)).toMatchObject({ status: 507, body: { message: "service_v4" } });
  expect(harness.stores.storedJobs.get(id)?.members).toEqual([]);
  network.answer = answering("/instance/deploy", away);
  expect((await deploy(id)).status).toBe(200);
  expect(harness.stores.storedJobs.get(id)?.members).toEqual([1]);
});

test("what was given is shown, asked for once, and left out while the network is away", async () => {
  const { body } = await create();
  const id: string = body[0].microservices[0];
  const show = () => harness.call("GET", `/api/service/${id}`, { token });
  const rr = { IpType: "RR" as const, Address: "10.30.0.7", Address_v6: "fdff:2000::7" };
  network.given = [{ job_id: id, service_ip_list: [rr], instance_list: [] }];
  const shown = { RR_ip: "10.30.0.7", RR_ip_v6: "fdff:2000::7", addresses: { rr_ip: "10.30.0.7" } };
  expect((await show()).body).toMatchObject(shown);
  network.answer = () => away;
  expect((await show()).body).toMatchObject(shown);
  expect(network.asked.filter((line) => line.endsWith("/addresses"))).toHaveLength(1);
});

test("a deleted service gives its addresses back", async () => {
  const { body } = await create();
  const id: string = body[0].microservices[0];
  await harness.call("DELETE", `/api/service/${id}`, { token });
  expect(network.asked.at(-1)).toBe(`DELETE /api/net/service/${id}`);
});
