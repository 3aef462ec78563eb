import { expect, test } from "vitest";
import { aCli } from "./a-cli.ts";
import { aFakeRoot, aToken, refusal } from "./fake-root.ts";

const env = { OAK_TOKEN: "oak_test" };

test("a new password is asked for twice, piped, or taken from the line with a warning", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({ "POST /api/auth/register": {} });
  const line = `user create eve --role application-provider --server ${root.url}`;
  const differ = await oak(line, { env, answers: ["one", "other"] });
  expect(differ).toMatchObject({ code: 2, err: expect.stringContaining("not the same") });
  expect(await oak(line, { env })).toMatchObject({
    code: 2,
    err: expect.stringContaining("--password-stdin"),
  });
  expect(root.asked).toEqual([]);
  expect((await oak(line, { env, answers: ["typed", "typed"] })).code).toBe(0);
  expect((await oak(`${line} --password-stdin`, { env, input: "piped\n" })).code).toBe(0);
  const plain = await oak(`${line} --password plain`, { env });
  expect(plain.err).toContain("is seen by other users");
  const sent = root.asked.map(({ body }) => JSON.parse(body));
  expect(sent.map(({ password }) => password)).toEqual(["typed", "piped", "plain"]);
  expect(sent[0]).toMatchObject({ name: "eve", email: "", roles: ["Application_Provider"] });
});

test("a role that does not exist is refused here, with what was probably meant", async () => {
  const { oak } = await aCli();
  const said = await oak("user roles eve Admn --server 127.0.0.1:1", { env });
  expect(said).toMatchObject({ code: 2, err: expect.stringContaining("did you mean Admin?") });
});

test("the own password: the session that ended with it is followed by a new one", async () => {
  const { oak, remember, remembered } = await aCli();
  const [token, next] = [aToken(600, "new"), aToken(6_000, "r2")];
  const root = await aFakeRoot({
    "POST /api/user/Admin": {},
    "POST /api/auth/login": { token, refresh_token: next },
  });
  const kept = { server: root.url, user: "Admin" };
  const tokens = { accessToken: aToken(600), refreshToken: aToken(6_000, "r1") };
  await remember({ contexts: { default: { ...kept, ...tokens } } });
  const said = await oak("user password --password-stdin", { input: "old\nnew\n" });
  expect(said).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(root.asked[0]?.body ?? "")).toEqual({ oldPassword: "old", newPassword: "new" });
  expect((await remembered()).contexts["default"]).toMatchObject({
    accessToken: token,
    refreshToken: next,
  });
});

test("who may not list all users lists those of the own organization", async () => {
  const { oak, remember } = await aCli();
  const root = await aFakeRoot({
    "GET /api/users": refusal(403, "This needs the role Admin"),
    "GET /api/users/org1": [{ name: "eve", roles: ["Admin"] }],
  });
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Date.now() / 1_000 + 600;
  const accessToken = `${part({})}.${part({ sub: "boss", organization: "org1", exp })}.x`;
  await remember({ contexts: { default: { server: root.url, accessToken } } });
  expect(await oak("user ls -q")).toMatchObject({ code: 0, out: "eve\n" });
});

test("members of an organization are set one by one, the others stay", async () => {
  const { oak } = await aCli();
  const kept = { user_id: "u1", roles: ["Admin"] };
  const root = await aFakeRoot({
    "GET /api/organization": [{ _id: { $oid: "o1" }, name: "lab", member: [kept] }],
    "GET /api/users": [{ _id: { $oid: "u2" }, name: "eve", roles: [] }],
    "PUT /api/organization/o1": { message: "ok" },
  });
  const at = `--server ${root.url}`;
  expect((await oak(`org member add lab eve --role Admin ${at}`, { env })).code).toBe(0);
  expect(JSON.parse(root.asked.at(-1)?.body ?? "")).toEqual({
    member: [kept, { user_id: "u2", roles: ["Admin"] }],
  });
  expect((await oak(`org member rm lab eve ${at}`, { env })).code).toBe(4);
});

test("a token is shown once, alone with -q; its name is enough to revoke it", async () => {
  const { oak } = await aCli();
  const token = { id: "t1", name: "ci", scopes: ["deploy"], expires_at: null };
  const root = await aFakeRoot({
    "POST /api/tokens": { ...token, token: "oak_secret" },
    "GET /api/tokens": [token],
    "DELETE /api/tokens/t1": { message: "ok" },
  });
  const at = `--server ${root.url}`;
  const made = await oak(`token create ci -s deploy --expires 90d -q ${at}`, { env });
  expect(made).toMatchObject({ code: 0, out: "oak_secret\n", err: "" });
  expect(JSON.parse(root.asked[0]?.body ?? "")).toEqual({
    name: "ci",
    scopes: ["deploy"],
    expires_in_s: 7_776_000,
  });
  expect(await oak(`token revoke ci ${at}`, { env })).toMatchObject({ out: "revoked ci\n" });
  expect(await oak(`token revoke other ${at}`, { env })).toMatchObject({ code: 4 });
  expect(await oak(`token create ci -s root ${at}`, { env })).toMatchObject({ code: 2 });
});

test("an explanation begins with its sentence, then candidate by candidate", async () => {
  const { oak } = await aCli();
  const tiers = [
    {
      tier: "root",
      chosen: { id: "c1", name: "garage" },
      candidates: [
        { id: "c1", name: "garage", verdict: "chosen", score: 1.239, reasons: [] },
        {
          id: "c2",
          name: "attic",
          verdict: "rejected",
          reasons: [{ code: "memory", message: "It has 10 MB, and 64 are needed" }],
        },
      ],
      omitted: 3,
    },
  ];
  const id = "65f0c0ffee65f0c0ffee65f1";
  const root = await aFakeRoot({
    "GET /api/services/": [{ microserviceID: id, microservice_name: "web", instance_list: [] }],
    [`GET /api/service/${id}/explain`]: { sentence: "It would go to garage.", tiers },
  });
  const said = await oak(`explain web --server ${root.url}`, { env });
  expect(said.out).toBe(`It would go to garage.

root: chose cluster garage
NAME    VERDICT   SCORE  REASONS
garage  chosen     1.24  -
attic   rejected      -  It has 10 MB, and 64 are needed
and 3 more
`);
});

test("top puts the most loaded first, once where nobody looks", async () => {
  const { oak } = await aCli();
  const nodes = [
    { name: "idle", cpu_percent: 1, memory_percent: 90 },
    { name: "busy", cpu_percent: 99, memory_percent: 2 },
  ];
  const root = await aFakeRoot({ "GET /api/nodes": nodes });
  expect(await oak(`top -q --server ${root.url}`, { env })).toMatchObject({ out: "busy\nidle\n" });
  const line = `top nodes --by memory --limit 1 -o json --server ${root.url}`;
  expect(JSON.parse((await oak(line, { env })).out)).toEqual([nodes[0]]);
  expect(await oak("top disks", { env })).toMatchObject({ code: 2 });
});

test("who is no administrator works with the own applications and their services", async () => {
  const { oak, remember } = await aCli();
  const id = "65f0c0ffee65f0c0ffee65f1";
  const web = { microserviceID: id, microservice_name: "web", instance_list: [] };
  const root = await aFakeRoot({
    "GET /api/applications": refusal(403, "This needs the role Admin"),
    "GET /api/services/": refusal(403, "This needs the role Admin"),
    "GET /api/user/Admin": { _id: { $oid: "u1" }, name: "Admin" },
    "GET /api/applications/u1": [{ applicationID: "a1", application_name: "shop" }],
    "GET /api/services/a1": [web],
    [`PUT /api/service/${id}/scale`]: { message: "ok", replicas: 1, added: [0], removed: [] },
  });
  const contexts = { default: { server: root.url, accessToken: aToken(600) } };
  await remember({ contexts });
  expect(await oak("app ls -q")).toMatchObject({ code: 0, out: "shop\n" });
  expect(await oak("service ls -q")).toMatchObject({ code: 0, out: "web\n" });
  expect(await oak("scale web 1")).toMatchObject({ code: 0 });
});

test("an API token: whose it is, and what it may, is told by the root", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({
    "GET /api/auth/me": {
      _id: { $oid: "u1" },
      name: "eve",
      roles: ["Application_Provider"],
      organization_name: "lab",
      session: "api_token",
      token: { id: "t1", name: "ci", scopes: ["read"], expires_at: null },
    },
    "GET /api/applications": refusal(403, "This needs the role Admin"),
    "GET /api/applications/u1": [{ applicationID: "a1", application_name: "shop" }],
  });
  const said = await oak(`whoami --server ${root.url}`, { env });
  for (const line of [
    /^user +eve$/m,
    /^organization +lab$/m,
    /^API token +ci$/m,
    /^scopes +read$/m,
  ]) {
    expect(said.out).toMatch(line);
  }
  expect((await oak(`app ls -q --server ${root.url}`, { env })).out).toBe("shop\n");
});

test("an instance is shown with the names of its places, and its last lines below", async () => {
  const { oak } = await aCli();
  const id = "65f0c0ffee65f0c0ffee65f1";
  const root = await aFakeRoot({
    [`GET /api/service/${id}`]: {
      microserviceID: id,
      instance_list: [
        { instance_number: 0, cluster_id: "c1", worker_id: "n1", logs: "one\ntwo\u001b[2J\n" },
      ],
    },
    "GET /api/nodes": [{ id: "n1", name: "pi", cluster_id: "c1", cluster_name: "garage" }],
  });
  const { out } = await oak(`s i ${id} 0 --server ${root.url}`, { env });
  expect(out).toMatch(/^cluster +garage$[\s\S]*^node +pi$[\s\S]*\n\none\ntwo\^\[\[2J\n$/m);
  expect((await oak(`s i ${id} --server ${root.url}`, { env })).out).toMatch(
    /^ +0 +- +garage +pi /m,
  );
});

test("what is asked before something is deleted can do no harm", async () => {
  const { oak } = await aCli();
  const id = "65f0c0ffee65f0c0ffee65f1";
  const name = "shop\u001b[2J";
  const root = await aFakeRoot({
    [`GET /api/application/${id}`]: { applicationID: id, application_name: name },
  });
  const line = `app delete ${id} --server ${root.url}`;
  for (const more of [{ answers: ["n"] }, {}]) {
    const { err } = await oak(line, { env, ...more });
    expect(err).toContain("shop [2J");
    expect(err).not.toContain("\u001b");
  }
});
