import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  token = await harness.login();
});

beforeEach(() => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  harness.stores.beforeWrite = () => undefined;
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const web = (extra: object = {}) => aService({ replicas: 2, ...extra });
const api = (extra: object = {}) => aService({ microservice_name: "api", ...extra });
const shop = (...microservices: object[]) => anSla(anApplication({ microservices }));
const apply = (body: unknown, query = "") =>
  harness.call("PUT", `/api/application/apply${query}`, { token, body });
const diff = (body: unknown) => harness.call("POST", "/api/application/diff", { token, body });
const changesOf = ({
  body,
}: {
  body: { applications: { change: string; services: Change[] }[] };
}) =>
  body.applications.map(({ change, services }) => [
    change,
    ...services.map((service) => `${service.change} ${service.microservice_name}`),
  ]);
interface Change {
  change: string;
  microservice_name: string;
}
const jobs = () => [...harness.stores.storedJobs.values()].filter(({ deleted }) => !deleted);
const revs = () => jobs().map(({ rev }) => rev);

test("what a document names is created, and applying it again changes nothing", async () => {
  const document = shop(web(), api());
  const first = await apply(document);
  expect(first).toMatchObject({ status: 200, body: { dry_run: false, warnings: [] } });
  expect(changesOf(first)).toEqual([["create", "create web", "create api"]]);
  expect(first.body.applications[0].services[0].service_id).toBe(jobs()[0]?._id);
  const before = revs();
  const second = await apply(document);
  expect(changesOf(second)).toEqual([["none", "none web", "none api"]]);
  expect(revs()).toEqual(before);
});

test("a stored application becomes what the document says, field by field", async () => {
  await apply(shop(web(), api()));
  const document = shop(
    web({ code: "registry.example/web:2", replicas: 3, environment: ["A=1"] }),
    aService({ microservice_name: "db" }),
  );
  const told = await diff(document);
  expect(told.body.dry_run).toBe(true);
  expect(changesOf(told)).toEqual([["update", "update web", "create db", "delete api"]]);
  expect(told.body.applications[0].services[0].fields).toEqual([
    { path: "/code", from: "registry.example/web:1", to: "registry.example/web:2" },
    { path: "/environment", to: ["A=1"] },
    { path: "/replicas", from: 2, to: 3 },
  ]);
  expect(jobs().map(({ service_name }) => service_name)).toEqual(["web", "api"]);
  expect(changesOf(await apply(document))).toEqual(changesOf(told));
  expect(jobs().map(({ service_name, spec_rev }) => [service_name, spec_rev])).toEqual([
    ["web", 2],
    ["db", 1],
  ]);
  expect(jobs()[0]?.rollout_state).toMatchObject({ replicas: 3, state: "progressing" });
  expect(changesOf(await apply(document))).toEqual([["none", "none web", "none db"]]);
});

test("a count that the document does not name stays, and so does another application", async () => {
  await apply(shop(web()));
  const other = anSla(anApplication({ application_name: "other" }));
  await apply(other);
  expect(changesOf(await apply(shop(aService())))).toEqual([["none", "none web"]]);
  expect(jobs()[0]?.members).toEqual([0, 1]);
  expect(jobs()).toHaveLength(2);
});

test("a failure is told per service, the rest is done, and the request can be repeated", async () => {
  await apply(shop(web()));
  const document = shop(web({ code: "registry.example/web:2" }), api());
  harness.stores.beforeWrite = ({ store, verb }) => {
    if (store === "job" && verb === "create") throw new Error("gone");
  };
  const failed = await apply(document);
  expect(failed.status).toBe(500);
  const [{ services }] = failed.body.params.applications;
  expect(services).toMatchObject([
    { microservice_name: "web", change: "update" },
    { microservice_name: "api", change: "create", error: { status: 500 } },
  ]);
  expect(jobs()[0]?.spec_rev).toBe(2);
  harness.stores.beforeWrite = () => undefined;
  expect(changesOf(await apply(document))).toEqual([["update", "none web", "create api"]]);
});

test("a document with faults changes nothing", async () => {
  await apply(shop(web()));
  expect((await apply(shop(api({ memory: "x" })))).status).toBe(422);
  expect((await diff({})).status).toBe(422);
  expect(jobs().map(({ service_name }) => service_name)).toEqual(["web"]);
});

test("a dry run of every write tells what would happen, and stores nothing", async () => {
  const document = shop(web());
  const created = await harness.call("POST", "/api/application?dryRun=true", {
    token,
    body: document,
  });
  expect(changesOf(created)).toEqual([["create", "create web"]]);
  expect(changesOf(await apply(document, "?dryRun=true"))).toEqual([["create", "create web"]]);
  expect(jobs()).toEqual([]);

  const { body } = await apply(document);
  const [{ application_id: applicationID, services }] = body.applications;
  const again = await harness.call("POST", "/api/application?dryRun=true", {
    token,
    body: document,
  });
  expect(again.status).toBe(409);
  const more = anSla(anApplication({ applicationID, microservices: [web(), api()] }));
  const added = await harness.call("POST", "/api/service?dryRun=true", { token, body: more });
  expect(changesOf(added)).toEqual([["update", "none web", "create api"]]);
  const path = `/api/service/${services[0].service_id}?dryRun=true`;
  const updated = await harness.call("PUT", path, { token, body: web({ memory: 5 }) });
  expect(updated.body.applications[0].services[0].fields).toEqual([
    { path: "/memory", from: 64, to: 5 },
  ]);
  expect(revs()).toEqual([1]);
  expect((await apply(document, "?dryRun=maybe")).status).toBe(422);
});
