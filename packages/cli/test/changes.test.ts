import { expect, test } from "vitest";
import { aCli } from "./a-cli.ts";
import { aFakeRoot, type Reply, refusal, tell } from "./fake-root.ts";

const env = { OAK_TOKEN: "oak_test" };
const id = "65f0c0ffee65f0c0ffee65f1";
const service = {
  microserviceID: id,
  microservice_name: "web",
  microservice_namespace: "prod",
  replicas: 1,
  instance_list: [{ instance_number: 0, status: "RUNNING" }],
};

const changes = (more: Record<string, unknown> = {}): Reply => ({
  applications: [
    {
      application_name: "shop",
      application_namespace: "prod",
      application_id: null,
      change: "update",
      services: [
        { microservice_name: "db", microservice_namespace: "prod", change: "none", fields: [] },
        {
          microservice_name: "web",
          microservice_namespace: "prod",
          service_id: id,
          change: "update",
          fields: [
            { path: "/code", from: "nginx:1", to: "nginx:2" },
            { path: "/port", from: "80:80" },
            { path: "/cmd", to: ["a"] },
          ],
          ...more,
        },
      ],
    },
  ],
  dry_run: false,
  warnings: [{ pointer: "/applications/0/x", message: "has no effect" }],
});

const same: Reply = { applications: [], dry_run: false, warnings: [] };
const lines = `~ application shop.prod
  ~ service web.prod
      ~ /code: "nginx:1" → "nginx:2"
      - /port: "80:80"
      + /cmd: ["a"]
`;

test("diff ends like diff: 0 equal, 1 differs, 2 and above trouble", async () => {
  const { oak } = await aCli();
  const diffAt = async (reply: Reply) => {
    const root = await aFakeRoot({ "POST /api/application/diff": reply });
    return oak(`diff -f - --server ${root.url}`, { env, input: "{}" });
  };
  expect(await diffAt(same)).toMatchObject({ code: 0, out: "" });
  const differs = await diffAt(changes());
  expect(differs).toMatchObject({ code: 1, out: lines });
  expect(differs.err).toContain("warning: /applications/0/x has no effect");
  expect(await diffAt(refusal(500, "Oh"))).toMatchObject({ code: 2 });
  expect(await diffAt(refusal(422, "No"))).toMatchObject({ code: 7 });
  expect(await oak("diff", { env })).toMatchObject({ code: 2 });
});

test("on a terminal signs have colours", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({ "POST /api/application/diff": changes() });
  const line = `diff -f - --server ${root.url}`;
  const said = await oak(line, { env, input: "{}", isTerminal: true });
  expect(said.out).toContain('\u001b[31m- /port: "80:80"\u001b[39m');
});

test("apply tells what it did, waits for rollouts, and fails with one that was rolled back", async () => {
  const { oak } = await aCli();
  const states = ["progressing", "completed"];
  const root = await aFakeRoot({
    "PUT /api/application/apply": changes(),
    [`GET /api/service/${id}`]: service,
    [`GET /api/service/${id}/rollout`]: (response) =>
      tell(response, 200, { state: states.shift() }),
  });
  const line = `apply -f - --wait=5s --server ${root.url}`;
  const said = await oak(line, { env, input: "applications: []" });
  expect(said).toMatchObject({ code: 0, out: `${lines}1 service updated\n` });
  expect(JSON.parse(root.asked[0]?.body ?? "")).toEqual({ applications: [] });
  root.replies[`GET /api/service/${id}/rollout`] = { state: "rolled_back", message: "It crashed" };
  const failed = await oak(line, { env, input: "applications: []" });
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.err).toContain("the rollout of web was rolled back: It crashed");
});

test("what could not be done of a document is a failure, whatever else was done", async () => {
  const { oak } = await aCli();
  const error = { status: 409, message: "The name is taken" };
  const root = await aFakeRoot({ "PUT /api/application/apply": changes({ error }) });
  const said = await oak(`apply -f - --server ${root.url}`, { env, input: "{}" });
  expect(said).toMatchObject({ code: 1, out: expect.stringContaining("The name is taken") });
});

test("with another image all else stays, and a write that comes too late is read anew", async () => {
  const { oak } = await aCli();
  let tries = 0;
  const root = await aFakeRoot({
    "GET /api/services/": [service],
    [`GET /api/service/${id}`]: (response) => {
      response.setHeader("etag", `"${tries}"`);
      tell(response, 200, service);
    },
    [`GET /api/service/${id}/revisions`]: [
      { revision: 1, current: false, spec: { code: "nginx:0", memory: 1 } },
      { revision: 2, current: true, spec: { code: "nginx:1", image: "nginx:1", memory: 5 } },
    ],
    [`PUT /api/service/${id}`]: (response) => {
      tries += 1;
      if (tries === 1) return refusal(412, "Another one")(response, root.asked[0]!);
      tell(response, 200, { message: "ok", revision: 3, changed: true, warnings: [] });
    },
  });
  const line = `update web --image nginx:2 --max-surge 2 --pause 90s --server ${root.url}`;
  const said = await oak(line, { env });
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining("revision 3") });
  const puts = root.asked.filter(({ method }) => method === "PUT");
  expect(puts.map(({ headers }) => headers["if-match"])).toEqual(['"0"', '"1"']);
  expect(puts[0]?.path).toContain("?maxSurge=2&pauseS=90");
  expect(JSON.parse(puts[1]?.body ?? "")).toEqual({ code: "nginx:2", memory: 5 });
  const history = await oak(`rollout history web --server ${root.url}`, { env });
  expect(history.out).toMatch(/2 +yes .* code, image, memory\n +1 +no /);
});

test("of an SLA with several services the one of this name is sent", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({
    "GET /api/services/": [service],
    [`PUT /api/service/${id}`]: { message: "ok", revision: 1, changed: false, warnings: [] },
  });
  const microservices = [{ microservice_name: "db" }, { microservice_name: "web", memory: 7 }];
  const line = `update web -f - --server ${root.url}`;
  const said = await oak(line, {
    env,
    input: JSON.stringify({ applications: [{ microservices }] }),
  });
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining("is that already") });
  expect(JSON.parse(root.asked.at(-1)?.body ?? "")).toEqual(microservices[1]);
  const other = JSON.stringify({ applications: [{ microservices: [{ microservice_name: "x" }] }] });
  expect(await oak(line, { env, input: other })).toMatchObject({ code: 4 });
});

test("scale says a number, also as oak service scale", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({
    "GET /api/services/": [service],
    [`PUT /api/service/${id}/scale`]: { message: "ok", replicas: 3, added: [1, 2], removed: [] },
  });
  for (const verb of ["scale", "service scale", "s scale"]) {
    const said = await oak(`${verb} web 3 --server ${root.url}`, { env });
    expect(said).toMatchObject({ code: 0, out: "web: 3 instances wanted (started: 1, 2)\n" });
  }
  expect(root.asked.at(-1)?.body).toBe('{"replicas":3}');
  expect(await oak("scale web many", { env })).toMatchObject({ code: 2 });
});

test("a route that is not there: the root is older", async () => {
  const { oak } = await aCli();
  const reply = refusal(404, "No route GET /api/nodes", { error: "not_found" });
  const root = await aFakeRoot({ "GET /api/nodes": reply });
  const said = await oak(`node ls --server ${root.url}`, { env });
  expect(said).toMatchObject({ code: 4, err: expect.stringContaining("older than this command") });
});
