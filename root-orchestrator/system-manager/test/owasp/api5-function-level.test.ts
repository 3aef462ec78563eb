import { ROLES } from "@oak/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDatabase, type TestDatabase } from "../harness.ts";
import { type People, type Person, startPeople } from "../people.ts";
import { filledIn, type Route, routeTable } from "./route-table.ts";

/*
 * OWASP API5:2023, broken function level authorization: whoever lacks the role is refused by every route, whatever the
 * ids and the body are.
 */

let database: TestDatabase;
let people: People;
let routes: Route[];
/** one person for each role, with that one alone, and one without any */
const persons = new Map<string, Person>();

beforeAll(async () => {
  routes = await routeTable();
  database = await startTestDatabase();
  people = await startPeople(database);
  for (const role of ROLES) persons.set(role, await people.add(`has_${role}`, [role]));
  persons.set("nothing", await people.add("has_nothing", []));
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

test("who may manage what is as it was decided", () => {
  const rolesOf = Object.fromEntries(
    routes.flatMap(({ name, roles }) => (roles === undefined ? [] : [[name, roles]])),
  );
  const admin = ["Admin"];
  const manager = ["Admin", "Organization_Admin"];
  const provider = ["Admin", "Application_Provider"];
  const infrastructure = ["Admin", "Infrastructure_Provider"];
  expect(rolesOf).toMatchObject({
    "GET /api/applications": admin,
    "GET /api/services": admin,
    "GET /api/users": admin,
    "POST /api/organization": admin,
    "DELETE /api/organization/{organizationid}": admin,
    "POST /api/auth/register": manager,
    "GET /api/users/{organizationid}": manager,
    "PUT /api/user/{username}": manager,
    "DELETE /api/user/{username}": manager,
    "GET /api/organization": manager,
    "PUT /api/organization/{organizationid}": manager,
    "POST /api/application": provider,
    "PUT /api/application/{appid}": provider,
    "DELETE /api/application/{appid}": provider,
    "POST /api/service": provider,
    "PUT /api/service/{serviceid}": provider,
    "DELETE /api/service/{serviceid}": provider,
    "PUT /api/service/{serviceid}/scale": provider,
    "POST /api/service/{serviceid}/instance": provider,
    "DELETE /api/service/{serviceid}/instance/{number}": provider,
    "DELETE /api/clusters/{clusterid}": infrastructure,
    "GET /api/orphans": infrastructure,
  });
});

describe.each([...ROLES, "nothing"])("whoever has the role %s", (role) => {
  test("is refused where it is not enough, and nowhere else", async () => {
    const person = persons.get(role);
    const guarded = routes.filter((route) => route.roles !== undefined);
    expect(guarded.length).toBeGreaterThan(15);
    for (const route of guarded) {
      // No body: what may be done is decided first, and what is allowed does nothing here.
      const { status } = await people.harness.call(route.method, filledIn(route, {}), {
        token: person?.token ?? "",
      });
      const isAllowed = route.roles?.includes(role) === true;
      expect([route.name, status === 403]).toEqual([route.name, !isAllowed]);
    }
  });
});

test("a refusal comes before anything is said about ids and bodies", async () => {
  const { token = "" } = persons.get("nothing") ?? {};
  for (const route of routes.filter(({ roles }) => roles !== undefined)) {
    const path = filledIn(route, {}, "%00../");
    const { status } = await people.harness.call(route.method, path, {
      token,
      ...(route.method === "GET" ? {} : { raw: "{" }),
    });
    // Some paths are refused before they are routed; none gets to what it asked for.
    expect([route.name, [400, 403, 404].includes(status)]).toEqual([route.name, true]);
  }
});
