import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type Harness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { allStatuses, report, startScene } from "./scene.ts";
import { firstSla } from "./wire-types.ts";

/*
 * The session of the older Python command line: it reads every answer of 200 as JSON, dies of a key that is missing, and
 * knows no statuses but these.
 */
const statuses = [
  "REQUESTED CLUSTER_SCHEDULED NODE_SCHEDULED CREATING CREATED RUNNING FAILED DEAD COMPLETED UNDEPLOYED",
  "TargetClusterNotFound TargetClusterNotActive TargetClusterNoCapacity NoActiveClusterWithCapacity",
  "NO_WORKER_CAPACITY NO_QUALIFIED_WORKER_FOUND NO_NODE_FOUND 0 1",
]
  .join(" ")
  .split(" ");

let database: TestDatabase;
let harness: Harness;
let token: string;
let services: string[];

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startScene(database);
  token = await harness.login();
  const [made] = (await harness.call("POST", "/api/application", { token, body: firstSla })).body;
  services = made.microservices;
  await harness.call("POST", `/api/service/${services[0]}/instance`, { token });
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

async function ok(method: string, path: string): Promise<Answer["body"]> {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const answer = await harness.call(method, path, { token, headers });
  expect([path, answer.status]).toEqual([path, 200]);
  expect(answer.body).toBeTypeOf("object");
  return answer.body;
}

const missing = (objects: object[], keys: string): string[] =>
  objects.flatMap((one) => keys.split(" ").filter((key) => !Object.hasOwn(one, key)));

test("every status that there is, is one that it knows", () => {
  expect(allStatuses.filter((status) => !statuses.includes(status))).toEqual([]);
});

test.each(allStatuses)("an instance and its service that are %s are shown", async (status) => {
  report(harness, services[0] ?? "", 0, status);
  const service = await ok("GET", `/api/service/${services[0]}`);
  expect([...statuses, ""]).toContain(service.status);
  expect(statuses).toContain(service.instance_list[0].status);
});

test("applications have the keys of all its tables", async () => {
  const list = await ok("GET", "/api/applications");
  const keys =
    "application_name microservices applicationID application_namespace userId application_desc";
  expect([list.length, missing(list, keys)]).toEqual([1, []]);
});

test.each(["/api/services/", "one by one"])("services have theirs: %s", async (path) => {
  const list =
    path === "/api/services/"
      ? await ok("GET", path)
      : await Promise.all(services.map((id) => ok("GET", `/api/service/${id}`)));
  const keys = "microservice_name microserviceID instance_list app_name applicationID image";
  expect([list.length, missing(list, keys)]).toEqual([2, []]);
  const instances = list.flatMap((one: { instance_list: object[] }) => one.instance_list);
  expect([instances.length, missing(instances, "instance_number")]).toEqual([1, []]);
});

test("clusters have theirs", async () => {
  const list = await ok("GET", "/api/clusters/");
  const keys =
    "cluster_name cluster_location active_nodes virtualization active aggregated_cpu_percent memory_in_mb " +
    "last_modified_timestamp ip port total_cpu_cores total_gpu_cores supported_addons";
  expect([list.length, missing(list, keys)]).toEqual([2, []]);
});

test("what it announces as JSON and does not send is no fault, and every answer is JSON", async () => {
  await ok("POST", `/api/service/${services[1]}/instance`);
  await ok("DELETE", `/api/service/${services[1]}/instance/0`);
  // Without arguments it undeploys what there is of a service.
  await ok("DELETE", `/api/service/${services[0]}/instance/-1`);
  expect((await ok("GET", `/api/service/${services[0]}`)).instance_list).toEqual([]);
});
