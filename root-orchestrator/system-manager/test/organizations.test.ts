import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anApplication, anSla } from "../../../packages/core/test/sla-documents.ts";
import { startTestDatabase, type TestDatabase } from "./harness.ts";
import { type People, type Person, startPeople } from "./people.ts";

let database: TestDatabase;
let databaseName: string;
let people: People;
/** organization lab: a manager, two who deploy, and nobody else's business */
let boss: Person;
let ada: Person;
let bob: Person;
/** in root */
let eve: Person;

beforeAll(async () => {
  database = await startTestDatabase();
  databaseName = database.newName();
  people = await startPeople(database, { database: { url: database.url, name: databaseName } });
  boss = await people.add("boss", ["Organization_Admin"], "lab");
  ada = await people.add("ada", ["Application_Provider"], "lab");
  bob = await people.add("bob", ["Application_Provider"], "lab");
  eve = await people.add("eve", ["Application_Provider"]);
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

let applications = 0;
async function createApplication(person: Person): Promise<string> {
  applications += 1;
  const application_name = `app${applications}`;
  const { body } = await person.call(
    "POST",
    "/api/application",
    anSla(anApplication({ application_name })),
  );
  return body.find((one: { application_name: string }) => one.application_name === application_name)
    .applicationID;
}

describe("applications", () => {
  test("are shared inside an organization, to read and to change", async () => {
    const id = await createApplication(ada);
    expect((await bob.call("GET", `/api/application/${id}`)).body.userId).toBe("ada");
    const { body } = await bob.call("GET", `/api/applications/${bob.id}`);
    expect(body.map((one: { applicationID: string }) => one.applicationID)).toContain(id);
    const { body: services } = await bob.call("GET", `/api/services/${id}`);
    const deployed = await bob.call("POST", `/api/service/${services[0].microserviceID}/instance`);
    expect(deployed.status).toBe(200);
    expect((await bob.call("DELETE", `/api/application/${id}`)).status).toBe(200);
  });

  test("are not there for other organizations, nor those of root for anybody else", async () => {
    const labs = await createApplication(ada);
    const eves = await createApplication(eve);
    for (const [person, id] of [
      [eve, labs],
      [ada, eves],
      [boss, eves],
    ] as const) {
      expect((await person.call("GET", `/api/application/${id}`)).status).toBe(404);
      expect((await person.call("GET", `/api/services/${id}`)).status).toBe(404);
    }
    for (const id of [labs, eves]) {
      expect((await people.admin.call("GET", `/api/application/${id}`)).status).toBe(200);
    }
  });

  test("an administrator's own list has only his own", async () => {
    const id = await createApplication(eve);
    const { admin } = people;
    const { body: own } = await admin.call("GET", `/api/applications/${admin.id}`);
    expect(JSON.stringify(own)).not.toContain(id);
    expect(JSON.stringify((await admin.call("GET", "/api/applications")).body)).toContain(id);
  });

  test("need the role Application_Provider to be deployed, but not to be seen", async () => {
    const id = await createApplication(ada);
    expect((await boss.call("GET", `/api/application/${id}`)).status).toBe(200);
    expect((await boss.call("DELETE", `/api/application/${id}`)).status).toBe(403);
    expect((await boss.call("POST", "/api/application", anSla())).status).toBe(403);
  });
});

describe("logging in", () => {
  test("to an organization needs a membership, whatever the password", async () => {
    const body = { username: "eve", password: "eve", organization_name: "lab" };
    expect((await people.harness.call("POST", "/api/auth/login", { body })).status).toBe(401);
  });

  test("whoever is taken out of an organization is out with the token that is in use", async () => {
    const carl = await people.add("carl", ["Application_Provider"], "club");
    const path = `/api/organization/${carl.organization}`;
    expect((await carl.call("GET", "/api/clusters")).status).toBe(200);
    await people.admin.call("PUT", path, { member: [] });
    expect((await carl.call("GET", "/api/clusters")).status).toBe(403);
  });
});

describe("managing an organization", () => {
  test("its manager sees its members and makes new ones, and no others", async () => {
    const { body } = await boss.call("GET", `/api/users/${boss.organization}`);
    expect(body.map((one: { name: string }) => one.name).toSorted()).toEqual([
      "ada",
      "bob",
      "boss",
    ]);
    expect((await boss.call("GET", `/api/users/${eve.organization}`)).status).toBe(404);
    expect((await boss.call("GET", "/api/users")).status).toBe(403);
    const { body: organizations } = await boss.call("GET", "/api/organization");
    expect(organizations.map((one: { name: string }) => one.name)).toEqual(["lab"]);
    const body2 = { name: "dora", password: "dora", roles: ["Application_Provider"] };
    expect((await boss.call("POST", "/api/auth/register", body2)).status).toBe(200);
    expect((await people.login("dora", "lab")).organization).toBe(boss.organization);
    expect((await boss.call("DELETE", "/api/user/dora")).status).toBe(200);
  });

  test("nobody gives more than he may, by any way", async () => {
    const root = eve.organization;
    const lab = boss.organization;
    const attempts = [
      ["POST", "/api/auth/register", { name: "mole", password: "x", roles: ["Admin"] }, 403],
      [
        "POST",
        "/api/auth/register",
        { name: "mole", password: "x", roles: ["Infrastructure_Provider"] },
        403,
      ],
      ["PUT", "/api/user/ada", { roles: ["Admin"] }, 403],
      ["PUT", "/api/user/boss", { roles: ["Organization_Admin", "Admin"] }, 403],
      ["PUT", "/api/user/eve", { roles: ["Application_Provider"] }, 404],
      ["PUT", "/api/user/Admin", { password: "mine" }, 404],
      [
        "PUT",
        `/api/organization/${lab}`,
        { member: [{ user_id: boss.id, roles: ["Admin"] }] },
        403,
      ],
      [
        "PUT",
        `/api/organization/${root}`,
        { member: [{ user_id: boss.id, roles: ["Admin"] }] },
        404,
      ],
      ["PUT", `/api/organization/${lab}`, { name: "root2" }, 403],
      ["POST", "/api/organization", { name: "mine" }, 403],
      ["DELETE", `/api/organization/${lab}`, undefined, 403],
      ["DELETE", "/api/user/Admin", undefined, 404],
    ] as const;
    for (const [method, path, body, status] of attempts) {
      expect([path, (await boss.call(method, path, body)).status]).toEqual([path, status]);
    }
  });

  test("an Admin among the members is out of its manager's reach", async () => {
    const chief = await people.add("chief", ["Admin"], "works");
    const foreman = await people.add("foreman", ["Organization_Admin"], "works");
    const path = `/api/organization/${chief.organization}`;
    const without = { member: [{ user_id: foreman.id, roles: ["Organization_Admin"] }] };
    expect((await foreman.call("PUT", path, without)).status).toBe(403);
    expect((await foreman.call("PUT", "/api/user/chief", { roles: [] })).status).toBe(403);
    expect((await foreman.call("DELETE", "/api/user/chief")).status).toBe(403);
    expect((await chief.call("GET", "/api/users")).status).toBe(200);
  });

  test("the password of somebody who is elsewhere too is an Admin's to set", async () => {
    await people.add("guest", [], "lab");
    const { body } = await people.admin.call("GET", "/api/organization");
    const root = body.find((one: { name: string }) => one.name === "root");
    const guest = await people.login("guest", "lab");
    const member = [...root.member, { user_id: guest.id, roles: [] }];
    await people.admin.call("PUT", `/api/organization/${root._id.$oid}`, { member });
    expect((await boss.call("PUT", "/api/user/guest", { password: "mine" })).status).toBe(403);
    expect((await boss.call("DELETE", "/api/user/guest")).status).toBe(403);
    expect((await boss.call("PUT", "/api/user/guest", { roles: [] })).status).toBe(200);
  });
});

describe("organizations", () => {
  test("one from an older release, without a number, is changed like the others", async () => {
    const olga = await people.add("olga", [], "older");
    const client = new MongoClient(database.url);
    await client
      .db(databaseName)
      .collection("organizations")
      .updateOne({ name: "older" }, { $unset: { rev: "" } });
    await client.close();
    const path = `/api/organization/${olga.organization}`;
    for (const name of ["old", "older"]) {
      expect((await people.admin.call("PUT", path, { name })).status).toBe(200);
    }
  });

  test("a name is taken once, root stays, and what is in use is not deleted", async () => {
    const { admin } = people;
    expect((await admin.call("POST", "/api/organization/", { name: "lab" })).status).toBe(409);
    const root = `/api/organization/${admin.organization}`;
    expect((await admin.call("DELETE", root)).status).toBe(409);
    expect((await admin.call("PUT", root, { name: "other" })).status).toBe(409);
    await createApplication(ada);
    expect((await admin.call("DELETE", `/api/organization/${ada.organization}`)).status).toBe(409);
  });

  test.each(["\u001b[31mred", "turned\u202eround", " lab", "a\nb"])(
    "%j is no name",
    async (name) => {
      const made = await people.admin.call("POST", "/api/organization/", { name });
      expect(made.status).toBe(422);
    },
  );

  test("an unknown one, or an unknown member, is 404", async () => {
    const { admin } = people;
    const unknown = `/api/organization/${"0".repeat(24)}`;
    expect((await admin.call("PUT", unknown, {})).status).toBe(404);
    expect((await admin.call("DELETE", unknown)).status).toBe(404);
    expect((await admin.call("GET", `/api/users/${"0".repeat(24)}`)).status).toBe(404);
    const member = [{ user_id: "0".repeat(24), roles: [] }];
    const made = await admin.call("POST", "/api/organization/", { name: "ghosts", member });
    expect(made.status).toBe(404);
  });

  test("an empty one is deleted, and its members are members no more", async () => {
    const frank = await people.add("frank", ["Application_Provider"], "brief");
    const path = `/api/organization/${frank.organization}`;
    expect((await people.admin.call("DELETE", path)).body).toEqual({
      message: "Organization deleted",
    });
    expect((await frank.call("GET", "/api/clusters")).status).toBe(403);
  });
});
