import { InstanceView, Job } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { instanceWrite, job, newId, type Service, seen, startService, worker } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const View = Job.extend({ instance_list: z.array(InstanceView) });
const create = async (changes: Record<string, unknown> = {}) =>
  Job.parse(await service.call("POST /jobs", job(changes)));
const read = async (id: string) => View.parse(await service.call(`GET /jobs/${id}`));

test("a posted job has its bookkeeping and can be read as it is stored", async () => {
  const body = job({ customer_key: { kept: [1] } });
  const created = await service.call<Job>("POST /jobs/", body);
  expect(created).toMatchObject({
    ...body,
    microserviceID: created._id,
    job_name_key: body.job_name.toLowerCase(),
    rev: 1,
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
  });
  expect(await service.call(`GET /jobs/${created._id}?view=raw`)).toEqual(created);
});

test("a name is taken whatever its case, and the refusal does not say by whom", async () => {
  const body = job({ owner: "somebody" });
  await service.call("POST /jobs", body);
  const clash = { ...body, job_name: body.job_name.toUpperCase() };
  const answer = await fetch(`${service.url}/api/v1/jobs`, {
    method: "POST",
    headers: { authorization: "Bearer secret-of-the-tests", "content-type": "application/json" },
    body: JSON.stringify(clash),
  });
  expect(answer.status).toBe(409);
  const text = await answer.text();
  expect(text).toContain("name_taken");
  expect(text).not.toContain("somebody");
});

test("concurrent posts of one name make one job", async () => {
  const body = job();
  const posts = Array.from({ length: 6 }, () => service.call("POST /jobs", body));
  const results = await Promise.allSettled(posts);
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
});

test("a tombstone frees the name at once, is hidden from lists and cannot be revived by PATCH", async () => {
  const body = job();
  const first = await service.call<Job>("POST /jobs", body);
  await service.call(`PATCH /jobs/${first._id}`, { ...first, deleted: true });
  const second = await service.call<Job>("POST /jobs", body);
  const ids = async (query: string) =>
    (await service.call<Job[]>(`GET /jobs?${query}`)).map((one) => one._id);
  expect(await ids(`job_name=${body.job_name}`)).toEqual([second._id]);
  expect(await ids(`job_name=${body.job_name}&deleted=true`)).toEqual([first._id]);
  expect((await read(first._id)).deleted).toBe(true);
  const revival = await service.refusal(`PATCH /jobs/${first._id}`, { deleted: false });
  expect(revival.status).toBe(422);
});

test("PATCH is compare-and-set: one of many scale requests wins, the rest learn the version", async () => {
  const { _id } = await create();
  const patch = (n: number) => service.call(`PATCH /jobs/${_id}`, { members: [n], if_version: 1 });
  const results = await Promise.allSettled([1, 2, 3, 4].map(patch));
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  const late = await service.refusal(`PATCH /jobs/${_id}`, { members: [], if_version: 1 });
  expect(late).toEqual({ status: 409, code: "version_conflict", params: { rev: 2 } });
});

test("PATCH without a version sets the fields and answers the stored document", async () => {
  const { _id } = await create();
  const patched = await service.call(`PATCH /jobs/${_id}`, { RR_ip: "10.30.0.1", rev: 50 });
  expect(patched).toMatchObject({ RR_ip: "10.30.0.1", rev: 2 });
});

test("PUT creates by id, then updates by id, and keeps what it leaves out", async () => {
  const _id = newId();
  const body = job({ _id });
  expect(await service.call("PUT /jobs", body)).toMatchObject({ _id, rev: 1 });
  await service.call(`PATCH /jobs/${_id}`, { members: [4] });
  const again = await service.call("PUT /jobs", { ...body, spec_rev: 2 });
  expect(again).toMatchObject({ rev: 3, spec_rev: 2, members: [4] });
});

test("PUT never takes over a job by its name", async () => {
  const existing = await create();
  const thief = job({ _id: newId(), job_name: existing.job_name });
  const refusal = await service.refusal("PUT /jobs", thief);
  expect(refusal).toEqual({ status: 409, code: "name_taken" });
});

test("two jobs of one name live side by side under keys of their own", async () => {
  const ids = [newId(), newId()];
  const name = `app.test.${newId().slice(-8)}.test`;
  for (const id of ids) {
    const body = job({ _id: id, job_name: name, job_name_key: `${name}#${id}` });
    await service.call("PUT /jobs", body);
  }
  const found = await service.call<Job[]>(`GET /jobs?job_name=${name}`);
  expect(found.map((one) => one._id).toSorted()).toEqual(ids.toSorted());
});

test("PUT with a version is compare-and-set, and version 0 means new", async () => {
  const body = job({ _id: newId() });
  await service.call("PUT /jobs", { ...body, if_version: 0 });
  const codes = [
    await service.refusal("PUT /jobs", { ...body, if_version: 0 }),
    await service.refusal("PUT /jobs", { ...body, if_version: 9 }),
    await service.refusal("PUT /jobs", { ...job({ _id: newId() }), if_version: 9 }),
  ].map(({ code }) => code);
  expect(codes).toEqual(["already_exists", "version_conflict", "job_unknown"]);
});

test("the view shows each member, one that nobody has looked at yet as waiting", async () => {
  const child = newId();
  await service.call("POST /resources", {
    ...worker({ _id: child, ip: "10.0.0.7", candidate_location: "48.1,11.5,100" }),
  });
  const { _id } = await create({ members: [0, 2], vcpus: 0.5 });
  await service.call(`PUT /instances/${_id}/0`, instanceWrite(_id, 0, { child }));
  await service.call(`PUT /instances/${_id}/1`, instanceWrite(_id, 1, { child }));
  const report = { host_port: 8080, publicip: "1.2.3.4", worker_id: newId(), cpu_percent: "3" };
  await service.call(`PATCH /instances/${_id}/0/seen`, seen(report));
  const view = await read(_id);
  expect(view).toMatchObject({ status: "REQUESTED", vcpus: 0.5 });
  expect(view.instance_list).toMatchObject([
    {
      instance_number: 0,
      status: "RUNNING",
      cluster_id: child,
      cluster_location: "48.1,11.5,100",
      ...report,
      cpu_history: [{ value: "3" }],
    },
    {
      instance_number: 2,
      status: "REQUESTED",
      status_detail: "Waiting for scheduling decision",
      cluster_id: "",
    },
  ]);
  const raw = await service.call(`GET /jobs/${_id}?view=raw`);
  expect(raw).not.toHaveProperty("instance_list");
});

test("a list derives the same views, without charts", async () => {
  const applicationID = newId();
  const jobs = [await create({ applicationID, members: [0] }), await create({ applicationID })];
  const first = jobs[0]!._id;
  await service.call(`PUT /instances/${first}/0`, instanceWrite(first, 0, { child: newId() }));
  await service.call(`PATCH /instances/${first}/0/seen`, seen({ cpu_percent: "3" }));
  const list = z.array(View).parse(await service.call(`GET /jobs?applicationID=${applicationID}`));
  expect(list).toHaveLength(2);
  const shown = list.find((view) => view._id === first);
  expect(shown).toMatchObject({ status: "RUNNING", status_detail: "Container is running" });
  expect(shown?.instance_list[0]).toMatchObject({ cpu_percent: "3", cpu_history: [] });
  const ids = jobs.map((one) => one._id).join(",");
  expect(await service.call<unknown[]>(`GET /jobs?ids=${ids}&view=raw`)).toHaveLength(2);
});

test("one instance of a job is the job with a list of one, and 404 when there is none", async () => {
  const { _id } = await create({ members: [0, 1] });
  const one = await service.call(`GET /jobs/${_id}/1`);
  expect(one).toMatchObject({ _id, instance_list: [{ instance_number: 1 }] });
  expect((one["instance_list"] as unknown[]).length).toBe(1);
  expect(await service.refusal(`GET /jobs/${_id}/7`)).toMatchObject({ code: "instance_unknown" });
  const filtered = await service.refusal(`GET /jobs/${_id}?instance_number=7`);
  expect(filtered).toEqual({ status: 404, code: "instance_unknown" });
});

test("a removed job is answered once and unknown afterwards", async () => {
  const { _id } = await create();
  expect(await service.call(`DELETE /jobs/${_id}`)).toMatchObject({ _id });
  for (const line of ["GET /jobs/", "GET /jobs/", "PATCH /jobs/", "DELETE /jobs/"]) {
    const body = line.startsWith("PATCH") ? {} : undefined;
    const refusal = await service.refusal(line + _id, body);
    expect(refusal).toEqual({ status: 404, code: "job_unknown" });
  }
});

test.each([
  { job_name: 5 },
  { image: undefined },
  { members: ["0"] },
  { vcpus: "2" },
  { "a.b": 1 },
  { $set: {} },
])("a job with %j is refused", async (changes) => {
  const refusal = await service.refusal("POST /jobs", { ...job(), ...changes });
  expect(refusal).toMatchObject({ status: 422, code: "invalid_input" });
});
