import { afterAll, beforeAll, expect, test } from "vitest";
import { anApplication, anSla } from "../../../../packages/core/test/sla-documents.ts";
import { startTestDatabase, type TestDatabase } from "../harness.ts";
import { type People, type Person, startPeople } from "../people.ts";
import { filledIn, type Route, routeTable } from "./route-table.ts";

/*
 * OWASP API1:2023, broken object level authorization: an id of somebody else's opens nothing, on any route that takes
 * one.
 */

let database: TestDatabase;
let people: People;
let victim: Person;
let routes: Route[];
/** ids of what belongs to the victim, by the name of the parameter */
let foreign: Record<string, string>;
/** by kind of attacker */
let attackers: Record<string, Person>;

beforeAll(async () => {
  routes = await routeTable();
  database = await startTestDatabase();
  people = await startPeople(database);
  victim = await people.add("victim", ["Application_Provider"], "lab");
  const sla = anSla(anApplication({ application_name: "private" }));
  const { body } = await victim.call("POST", "/api/application", sla);
  const [{ applicationID: appid, microservices }] = body;
  const [serviceid] = microservices;
  await victim.call("POST", `/api/service/${serviceid}/instance`);
  const { body: token } = await victim.call("POST", "/api/tokens", {
    name: "own",
    scopes: ["read"],
  });
  foreign = {
    appid,
    serviceid,
    number: "0",
    userid: victim.id,
    username: "victim",
    organizationid: victim.organization,
    tokenid: token.id,
  };
  attackers = {
    "the same role in the organization root": await people.add("eve", ["Application_Provider"]),
    "every role but Admin in another organization": await people.add(
      "mallory",
      ["Organization_Admin", "Application_Provider", "Infrastructure_Provider"],
      "rivals",
    ),
  };
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

const stored = () => {
  const { storedApplications, storedJobs } = people.harness.stores;
  return JSON.stringify([[...storedApplications], [...storedJobs]]);
};
/** Clusters and nodes serve everybody and are nobody's own. */
const takesIds = ({ params, roles = [] }: Route): boolean =>
  params.length > 0 && !roles.includes("Infrastructure_Provider");

test("every route that takes an id is in the table", () => {
  expect(routes.filter(takesIds).length).toBeGreaterThan(15);
});

test.each([
  "the same role in the organization root",
  "every role but Admin in another organization",
])("with %s no route shows or changes what is somebody else's", async (kind) => {
  const attacker = attackers[kind];
  const before = stored();
  for (const route of routes.filter(takesIds)) {
    const { status, body } = await people.harness.call(route.method, filledIn(route, foreign), {
      token: attacker?.token ?? "",
      ...(route.method === "GET" || route.body === undefined ? {} : { body: route.body }),
    });
    expect([route.name, status]).toEqual([route.name, expect.toSatisfy(isRefusal)]);
    expect(JSON.stringify(body)).not.toMatch(/private|victim@example/);
  }
  expect(stored()).toBe(before);
  expect((await victim.call("GET", "/api/user/victim")).status).toBe(200);
  expect((await victim.call("GET", "/api/tokens")).body).toHaveLength(1);
});

test("an id of somebody else's in a body opens nothing either", async () => {
  const [eve] = Object.values(attackers);
  const sla = anSla(anApplication({ applicationID: foreign["appid"] }));
  const before = stored();
  expect((await eve?.call("POST", "/api/service", sla))?.status).toBe(404);
  expect(stored()).toBe(before);
});

test("lists show what is one's own", async () => {
  const lists = routes.filter(({ method, params }) => method === "GET" && params.length === 0);
  const [eve] = Object.values(attackers);
  for (const route of lists.filter(({ isOpen }) => !isOpen)) {
    const { body } = (await eve?.call("GET", route.path)) ?? {};
    expect([route.name, JSON.stringify(body).includes("private")]).toEqual([route.name, false]);
  }
});

test("what is foreign and what does not exist are told apart by nothing", async () => {
  const [eve] = Object.values(attackers);
  const told = async (path: string) => {
    const answer = await eve?.call("GET", path);
    return [answer?.status, answer?.body.error, answer?.body.message];
  };
  const unknown = "0".repeat(24);
  for (const path of ["/api/application/", "/api/service/", "/api/services/"]) {
    const id = path === "/api/service/" ? foreign["serviceid"] : foreign["appid"];
    expect(await told(`${path}${id}`)).toEqual(await told(`${path}${unknown}`));
  }
});

/** 400 and 422: the body was looked at first, and nothing else. */
function isRefusal(status: number): boolean {
  return [400, 401, 403, 404, 422].includes(status);
}
