import { Instance } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instanceWrite, newId, type Service, seen, startService } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const create = async (changes: Parameters<typeof instanceWrite>[2] = {}) => {
  const job = newId();
  const body = instanceWrite(job, 0, changes);
  await service.call(`PUT /instances/${body._id}`, body);
  return body;
};
const read = async (id: string) => Instance.parse(await service.call(`GET /instances/${id}`));
const report = (id: string, changes: Parameters<typeof seen>[0] = {}) =>
  service.call<{ stored: boolean }>(`PATCH /instances/${id}/seen`, seen(changes));

test("a created instance has rev 1, nothing seen and empty charts", async () => {
  const { if_version, ...assignment } = await create();
  expect(await read(assignment._id)).toEqual({
    ...assignment,
    rev: 1,
    seen: null,
    cpu_history: [],
    memory_history: [],
  });
});

test("creating an instance twice is a conflict", async () => {
  const body = await create();
  const refusal = await service.refusal(`PUT /instances/${body._id}`, body);
  expect(refusal).toEqual({ status: 409, code: "already_exists" });
});

test("of several writers of one version exactly one wins, the others learn the current version", async () => {
  const body = await create();
  const write = (epoch: number) =>
    service.call(`PUT /instances/${body._id}`, { ...body, epoch, if_version: 1 });
  const results = await Promise.allSettled([2, 3, 4, 5].map(write));
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  const late = await service.refusal(`PUT /instances/${body._id}`, { ...body, if_version: 1 });
  expect(late).toEqual({ status: 409, code: "version_conflict", params: { rev: 2 } });
});

test("an assignment keeps what was seen and the charts", async () => {
  const body = await create();
  await report(body._id, { cpu_percent: "12.5" });
  const next = { ...body, phase: "releasing", if_version: 1 };
  const answer = await service.call(`PUT /instances/${body._id}`, next);
  expect(answer).toMatchObject({ phase: "releasing", rev: 2, seen: { cpu_percent: "12.5" } });
  expect((await read(body._id)).cpu_history).toHaveLength(1);
});

test("a report does not move the version", async () => {
  const body = await create();
  expect(await report(body._id)).toEqual({ stored: true });
  expect(await read(body._id)).toMatchObject({ rev: 1, seen: { status: "RUNNING", seq: 1 } });
});

test("reports that are not newer are ignored: session first, then seq", async () => {
  const { _id } = await create();
  const verdicts = [];
  for (const [session, seq] of [
    [2, 5],
    [2, 5],
    [2, 4],
    [1, 9],
    [2, 6],
    [3, 1],
  ] as const) {
    verdicts.push((await report(_id, { session, seq })).stored);
  }
  expect(verdicts).toEqual([true, false, false, false, true, true]);
});

test("a higher pair starts anew, whatever the session of its child; a lower pair is ignored", async () => {
  const { _id } = await create();
  await report(_id, { epoch: 2, placement: 1, session: 9, seq: 9, publicip: "1.2.3.4" });
  expect(await report(_id, { epoch: 2, placement: 2, session: 1 })).toEqual({ stored: true });
  const after = (await read(_id)).seen;
  expect(after).toEqual(seen({ epoch: 2, placement: 2, session: 1 }));
  expect(await report(_id, { epoch: 2, placement: 1, session: 10 })).toEqual({ stored: false });
  expect(await report(_id, { epoch: 1, placement: 7, session: 10 })).toEqual({ stored: false });
});

test("facts that a report of the same pair leaves out stay, but a reason goes with its status", async () => {
  const { _id } = await create();
  await report(_id, { status: "FAILED", reason: "image_not_found", host_port: 80, logs: "x" });
  await report(_id, { seq: 2, publicip: "1.2.3.4" });
  const after = (await read(_id)).seen;
  expect(after).toEqual(seen({ seq: 2, host_port: 80, logs: "x", publicip: "1.2.3.4" }));
});

test("charts take figures with the time of the report and keep a hundred bars", async () => {
  const { _id } = await create();
  for (let start = 0; start < 105; start += 35) {
    const items = Array.from({ length: 35 }, (_, i) => ({
      _id,
      seen: seen({
        seq: start + i + 1,
        at: 1_700_000_000 + start + i,
        cpu_percent: `${start + i}`,
      }),
    }));
    await service.call("POST /instances/seen", { items });
  }
  const { cpu_history: cpu, memory_history: memory } = await read(_id);
  expect(cpu).toHaveLength(100);
  expect(cpu.at(-1)).toEqual({ value: "104", timestamp: "2023-11-14T22:15:04.000Z" });
  expect(memory).toEqual([]);
});

test("a batch says for each report whether it was stored, in order", async () => {
  const [a, b] = [await create(), await create()];
  await report(a._id, { seq: 5 });
  const items = [
    { _id: a._id, seen: seen({ seq: 5 }) },
    { _id: a._id, seen: seen({ seq: 6 }) },
    { _id: a._id, seen: seen({ seq: 6 }) },
    { _id: b._id, seen: seen({ seq: 1 }) },
    { _id: `${newId()}/0`, seen: seen() },
  ];
  const answer = await service.call("POST /instances/seen", { items });
  expect(answer).toEqual({ stored: [false, true, false, true, false] });
  expect((await read(a._id)).seen?.seq).toBe(6);
});

test("an empty batch is fine", async () => {
  expect(await service.call("POST /instances/seen", { items: [] })).toEqual({ stored: [] });
});

test("lists filter by job and by child", async () => {
  const child = newId();
  const a = await create({ child });
  await create();
  const ids = async (query: string) =>
    (await service.call<Instance[]>(`GET /instances?${query}`)).map((instance) => instance._id);
  expect(await ids(`job_id=${a.job_id}`)).toEqual([a._id]);
  expect(await ids(`child=${child}`)).toEqual([a._id]);
});

test("deleting takes the current version", async () => {
  const { _id } = await create();
  expect(await service.refusal(`DELETE /instances/${_id}?if_version=7`)).toEqual({
    status: 409,
    code: "version_conflict",
    params: { rev: 1 },
  });
  await service.call(`DELETE /instances/${_id}?if_version=1`);
  expect(await service.refusal(`GET /instances/${_id}`)).toMatchObject({ status: 404 });
});

test("everything about an unknown instance is 404", async () => {
  const job = newId();
  const body = instanceWrite(job, 0, { if_version: 3 });
  const refusals = [
    await service.refusal(`GET /instances/${job}/0`),
    await service.refusal(`PUT /instances/${job}/0`, body),
    await service.refusal(`DELETE /instances/${job}/0?if_version=1`),
    await service.refusal(`PATCH /instances/${job}/0/seen`, seen()),
  ];
  expect(refusals).toEqual(Array(4).fill({ status: 404, code: "instance_unknown" }));
});

test("a body about another instance than the path is refused", async () => {
  const body = instanceWrite(newId(), 0);
  const refusal = await service.refusal(`PUT /instances/${newId()}/0`, body);
  expect(refusal).toMatchObject({ status: 422, code: "invalid_input" });
});

test.each(["GET /instances/x/0", "GET /instances/65f0c0ffee65f0c0ffee65f0/x"])(
  "%s is a bad id",
  async (line) => {
    expect(await service.refusal(line)).toEqual({ status: 400, code: "bad_id" });
  },
);
