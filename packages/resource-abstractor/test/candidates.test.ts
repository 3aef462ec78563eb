import type { Candidate } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId, type Service, startService, worker } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

type View = Candidate & { active: boolean };
const put = (body: object) => service.call<View>("PUT /resources", body);
const get = (id: string) => service.call<View>(`GET /resources/${id}`);

test("a fresh candidate starts with the defaults of the protocol", async () => {
  const { _id } = await put({ candidate_name: `bare-${newId()}` });
  expect(await get(_id)).toMatchObject({
    rev: 1,
    want_rev: 0,
    holds: {},
    liveness: "alive",
    active: true,
    schedulable: true,
    session: 0,
    allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
  });
});

test("a created candidate keeps the id that it was given, and the second of its name is refused", async () => {
  const body = worker({ _id: newId() });
  const answer = await fetch(`${service.url}/api/v1/resources/`, {
    method: "POST",
    headers: { authorization: "Bearer secret-of-the-tests", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject(body);
  const again = await service.refusal("POST /resources", { ...body, _id: newId() });
  expect(again).toMatchObject({ status: 409, code: "already_exists" });
});

test("PUT updates by node id, so two hosts of one name are two candidates", async () => {
  const name = `host-${newId()}`;
  const first = await put(worker({ candidate_name: name, node_id: newId() }));
  const second = await put(worker({ candidate_name: name, node_id: newId(), session: 3 }));
  const older = await put(worker({ candidate_name: name }));
  expect(new Set([first._id, second._id, older._id]).size).toBe(3);
  const { node_id } = second;
  const renamed = await put(worker({ candidate_name: "other", node_id, session: 4 }));
  expect(renamed).toMatchObject({ _id: second._id, candidate_name: "other", session: 4, rev: 2 });
  expect((await put(worker({ candidate_name: name })))._id).toBe(older._id);
});

test("concurrent registrations of one identity make one document", async () => {
  const body = worker({ node_id: newId() });
  const views = await Promise.all(Array.from({ length: 12 }, () => put(body)));
  expect(new Set(views.map((view) => view._id)).size).toBe(1);
  expect((await get(views[0]!._id)).rev).toBe(12);
});

test("PATCH sets what is given, keeps the rest, and moves rev and the time stamp", async () => {
  const before = await put(worker({ architecture: "arm64", addon_metric: 5 }));
  const patched = await service.call<View>(`PATCH /resources/${before._id}`, {
    liveness: "lost",
    architecture: "",
    memory: 17.5,
  });
  expect(patched).toMatchObject({
    liveness: "lost",
    active: false,
    architecture: "arm64",
    memory: 17.5,
    addon_metric: 5,
    rev: before.rev + 1,
  });
  expect(patched.last_modified_timestamp).toBeGreaterThanOrEqual(before.last_modified_timestamp);
});

test("PATCH ignores what only this service writes", async () => {
  const before = await put(worker());
  await service.call(`PATCH /resources/${before._id}`, {
    _id: newId(),
    rev: 99,
    want_rev: 99,
    holds: { "65f0c0ffee65f0c0ffee65f0/0": {} },
    cpu_history: [],
    identity_key: "name:x",
  });
  expect(await get(before._id)).toMatchObject({ _id: before._id, rev: 1, want_rev: 0, holds: {} });
});

test("charts grow with the figures and keep a hundred bars", async () => {
  const { _id } = await put(worker());
  for (let i = 0; i < 103; i += 1) {
    await service.call(`PATCH /resources/${_id}`, { cpu_percent: i, memory_percent: 1 });
  }
  const { cpu_history: cpu = [], memory_history: memory = [] } = await get(_id);
  expect(cpu.map((point) => point.value)).toEqual(
    Array.from({ length: 100 }, (_, i) => String(i + 3)),
  );
  expect(memory).toHaveLength(100);
  expect(Date.parse(cpu[0]!.timestamp)).toBeGreaterThan(0);
});

test("a candidate without a node id can be renamed, but not to a taken name", async () => {
  const [a, b] = [await put(worker()), await put(worker())];
  const name = `renamed-${newId()}`;
  const path = `PATCH /resources/${a._id}`;
  expect(await service.call(path, { candidate_name: name })).toMatchObject({ rev: 2 });
  expect((await put(worker({ candidate_name: name })))._id).toBe(a._id);
  const refusal = await service.refusal(path, { candidate_name: b.candidate_name });
  expect(refusal).toMatchObject({ status: 409, code: "name_taken" });
});

test("lists filter by name, address and liveness", async () => {
  const ip = `10.0.0.${Math.floor(Math.random() * 250)}`;
  const alive = await put(worker({ ip }));
  const lost = await put(worker({ ip, liveness: "lost" }));
  const ids = async (query: string) =>
    (await service.call<View[]>(`GET /resources?${query}`)).map((view) => view._id);
  expect(await ids(`ip=${ip}`)).toEqual(expect.arrayContaining([alive._id, lost._id]));
  expect(await ids(`ip=${ip}&active=True`)).toEqual([alive._id]);
  expect(await ids(`candidate_name=${lost.candidate_name}&active=false`)).toEqual([lost._id]);
});

test("lists have charts only when they are named", async () => {
  const name = `charts-${newId()}`;
  await put(worker({ candidate_name: name, cpu_percent: 3 }));
  const query = `GET /resources?candidate_name=${name}`;
  const [plain] = await service.call<View[]>(query);
  expect(plain).not.toHaveProperty("cpu_history");
  const [charted] = await service.call<View[]>(`${query}&resources=cpu_history`);
  expect(charted?.cpu_history).toMatchObject([{ value: "3" }]);
});

test("a candidate is found by its node id", async () => {
  const { _id, node_id } = await put(worker({ node_id: newId() }));
  const found = await service.call<View[]>(`GET /resources?node_id=${node_id}`);
  expect(found.map((view) => view._id)).toEqual([_id]);
});

test("`resources` narrows a list to Oakestra's fields and the named ones", async () => {
  const name = `narrow-${newId()}`;
  await put(worker({ candidate_name: name, carbon: 12, memory: 5 }));
  const [view] = await service.call<object[]>(
    `GET /resources?candidate_name=${name}&resources=carbon,active`,
  );
  expect(Object.keys(view ?? {}).sort()).toEqual([
    "_id",
    "active",
    "candidate_name",
    "carbon",
    "memory",
  ]);
});

test("nothing that identifies a document inside the store leaks out", async () => {
  const { _id } = await put(worker());
  expect(await get(_id)).not.toHaveProperty("identity_key");
  const list = await service.call<View[]>("GET /resources");
  expect(list.some((view) => "identity_key" in view)).toBe(false);
});

test("a deleted candidate is gone", async () => {
  const { _id } = await put(worker());
  await service.call(`DELETE /resources/${_id}`);
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const body = method === "PATCH" ? {} : undefined;
    const refusal = await service.refusal(`${method} /resources/${_id}`, body);
    expect(refusal).toEqual({ status: 404, code: "candidate_unknown" });
  }
});

test.each([
  ["GET /resources/nonsense", 400, "bad_id"],
  ["PATCH /resources/65F0C0FFEE65F0C0FFEE65F0", 400, "bad_id"],
  [`GET /resources/${"0".repeat(24)}`, 404, "candidate_unknown"],
  ["GET /resources?active=perhaps", 422, "invalid_input"],
] as const)("%s is refused with %i %s", async (line, status, code) => {
  const body = line.startsWith("PATCH") ? {} : undefined;
  expect(await service.refusal(line, body)).toMatchObject({ status, code });
});

test.each([
  { candidate_name: 5 },
  {},
  { candidate_name: "a", memory: "much" },
  { candidate_name: "a", liveness: "sleepy" },
  { candidate_name: "a", $where: "1" },
  { candidate_name: "a", "holds.x": 1 },
])("a body such as %j is refused and nothing is stored", async (body) => {
  const before = await service.call<unknown[]>("GET /resources");
  expect(await service.refusal("PUT /resources", body)).toMatchObject({ status: 422 });
  expect(await service.call<unknown[]>("GET /resources")).toHaveLength(before.length);
});
