import type { Job, TableService } from "@oak/contracts";
import { addressValue, freshAddresses, POOLS } from "@oak/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aJob, announce, aRecord } from "./documents.ts";
import { eventually, newId, type Service, startService } from "./harness.ts";

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop());

const deploy = (job: Job, addresses?: Record<string, string>) =>
  service.tier.call("POST /api/net/service/deploy", announce(job, addresses));
const refused = (job: Job, addresses?: Record<string, string>) =>
  service.tier.refusal("POST /api/net/service/deploy", announce(job, addresses));
const deployInstance = (job: Job, n: number) =>
  service.tier.call("POST /api/net/instance/deploy", {
    _id: job._id,
    instance_number: n,
    cluster_id: "c",
  });
const table = (job: Job) =>
  service.tier.call<TableService>(`GET /api/net/service/${job.job_name}/instances`);

/** Held addresses by their holders, without the id of the service. */
const heldBy = (job: Job) =>
  service.look(async (db) => {
    const documents = await db
      .collection<{ _id: string; holder: string }>("addresses")
      .find({ job_id: job._id })
      .toArray();
    return Object.fromEntries(
      documents.map(({ _id, holder }) => [holder.replace(`/${job._id}`, ""), _id]),
    );
  });
const setNext = (pool: string, next: string) =>
  service.look((db) =>
    db
      .collection<{ _id: string; next: string }>("pools")
      .updateOne({ _id: pool }, { $set: { next } }, { upsert: true }),
  );
const gone = (job: Job) => eventually(async () => Object.keys(await heldBy(job)).length === 0);

test("a service gets an address of both families for each policy, an instance one of its own", async () => {
  const job = aJob();
  expect(await deploy(job)).toBe("Instance info added");
  expect(await deployInstance(job, 0)).toBe("Instance info added");
  expect(await heldBy(job)).toEqual({
    "4/RR": "10.30.0.0",
    "6/RR": "fdff:2000::",
    "4/Closest": "10.30.0.1",
    "6/Closest": "fdff:1000::",
    "4/instance/0": "10.30.0.2",
    "6/instance/0": "fdff::",
  });
});

test("asking again changes nothing", async () => {
  const job = aJob();
  await deploy(job);
  await deployInstance(job, 0);
  const before = await heldBy(job);
  await deploy(job);
  await deployInstance(job, 0);
  expect(await heldBy(job)).toEqual(before);
});

test("an SLA may choose its addresses; nobody is given them, and nobody else may have them", async () => {
  const [first, second, third] = [aJob(), aJob(), aJob()];
  const addresses = {
    rr_ip: "10.30.0.1",
    rr_ip_v6: "FDFF:2000:0::1337",
    closest_ip: "10.30.30.31",
    closest_ip_v6: "fdff:1000::",
  };
  await deploy(first, addresses);
  expect(await heldBy(first)).toEqual({
    "4/RR": "10.30.0.1",
    "6/RR": "fdff:2000::1337",
    "4/Closest": "10.30.30.31",
    "6/Closest": "fdff:1000::",
  });
  await deploy(second);
  expect(await heldBy(second)).toMatchObject({ "4/RR": "10.30.0.0", "4/Closest": "10.30.0.2" });
  expect(await refused(third, { rr_ip: "10.30.30.31" })).toMatchObject({
    status: 409,
    code: "address_taken",
  });
  expect(await heldBy(third)).toEqual({});
});

test("upstream's keys choose as well", async () => {
  const job = aJob({ RR_ip: "10.30.30.30", RR_ip_v6: null });
  await deploy(job);
  expect(await heldBy(job)).toMatchObject({ "4/RR": "10.30.30.30", "6/RR": "fdff:2000::" });
});

test.each([
  { rr_ip: "10.20.0.1" },
  { rr_ip: "10.30.300.1" },
  { rr_ip_v6: "fdff:1000::1337" },
  { closest_ip: "10.30.0.5/32" },
])("%j is refused, and nothing of it is left", async (addresses) => {
  const job = aJob();
  expect(await refused(job, addresses)).toEqual({ status: 400, code: "address_invalid" });
  expect(await heldBy(job)).toEqual({});
});

test("a failure half-way gives everything back, unrested", async () => {
  const [first, second] = [aJob(), aJob()];
  await deploy(first, { rr_ip_v6: "fdff:2000::7" });
  expect(await refused(second, { rr_ip: "10.30.9.9", rr_ip_v6: "fdff:2000::7" })).toMatchObject({
    code: "address_taken",
  });
  expect(await heldBy(second)).toEqual({});
  await deploy(second, { rr_ip: "10.30.9.9" });
  expect(await heldBy(second)).toMatchObject({ "4/RR": "10.30.9.9" });
});

test("one service asked for by many at once gets its addresses once", async () => {
  const job = aJob();
  await Promise.all(Array.from({ length: 8 }, () => deploy(job)));
  expect(Object.keys(await heldBy(job))).toHaveLength(4);
});

test("many services at once get different addresses", async () => {
  const jobs = Array.from({ length: 12 }, () => aJob());
  await Promise.all(jobs.map((job) => deploy(job)));
  const all = (await Promise.all(jobs.map(heldBy))).flatMap((held) => Object.values(held));
  expect(all).toHaveLength(48);
  expect(new Set(all).size).toBe(48);
});

test("an exhausted pool is named, and what it did not give away stays", async () => {
  await setNext("service_v4", "10.30.253.252");
  const job = aJob();
  const refusal = { status: 507, code: "pool_exhausted", params: { pool: "service_v4" } };
  expect(await refused(job)).toEqual(refusal);
  expect(await heldBy(job)).toEqual({});
  await deploy(job, { closest_ip: "10.30.0.9" });
  expect(await heldBy(job)).toMatchObject({ "4/RR": "10.30.253.252" });
});

test("addresses of instances go on in their second range", async () => {
  await setNext("instance_v6", "fdff:ff:ffff:ffff:ffff:ffff:ffff:ffff");
  const job = aJob();
  await deploy(job);
  await deployInstance(job, 0);
  await deployInstance(job, 1);
  const last = "fdff:ff:ffff:ffff:ffff:ffff:ffff:ffff";
  expect(await heldBy(job)).toMatchObject({ "6/instance/0": last, "6/instance/1": "fdff:800::" });
});

test("without being asked, every service and member gets its addresses", async () => {
  const job = service.root.jobs.put(aJob({ members: [0, 1], RR_ip: "10.30.30.30" }));
  await eventually(async () => Object.keys(await heldBy(job)).length === 8);
  expect(await heldBy(job)).toMatchObject({ "4/RR": "10.30.30.30", "6/instance/1": "fdff::1" });
});

test("an instance keeps its addresses as long as its record is there", async () => {
  const job = service.root.jobs.put(aJob({ members: [0] }));
  service.root.instances.put(aRecord(job._id, 0));
  await eventually(async () => Object.keys(await heldBy(job)).length === 6);
  service.clock.advance(60);
  service.root.jobs.put({ ...job, members: [], deleted: true, rev: 2 });
  await eventually(async () => Object.keys(await heldBy(job)).length === 2);
  expect(Object.keys(await heldBy(job))).toEqual(
    expect.arrayContaining(["4/instance/0", "6/instance/0"]),
  );
  service.root.instances.remove(`${job._id}/0`);
  await gone(job);
});

test("an address rests before another gets it, but its chooser has it back at once", async () => {
  const [first, second, third, fourth] = [aJob(), aJob(), aJob(), aJob()];
  const chosen = { rr_ip: "10.30.30.30" };
  await deploy(first, chosen);
  service.clock.advance(60);
  service.root.jobs.put({ ...first, deleted: true });
  await gone(first);
  await deploy(second, chosen);
  expect(await heldBy(second)).toMatchObject({ "4/RR": "10.30.30.30", "4/Closest": "10.30.0.1" });
  await deploy(third);
  expect(await heldBy(third)).toMatchObject({ "4/RR": "10.30.0.2", "4/Closest": "10.30.0.3" });
  service.clock.advance(301);
  await deploy(fourth);
  expect(await heldBy(fourth)).toMatchObject({ "4/RR": "10.30.0.0", "4/Closest": "10.30.0.4" });
});

test("an address that has rested is found as soon as the pool has no other", async () => {
  await setNext("service_v4", "10.30.253.251");
  const first = aJob();
  await deploy(first);
  service.clock.advance(60);
  service.root.jobs.put({ ...first, deleted: true });
  await gone(first);
  service.clock.advance(299.5);
  const second = aJob();
  expect(await refused(second)).toMatchObject({ code: "pool_exhausted" });
  service.clock.advance(0.9);
  await deploy(second);
  expect(await heldBy(second)).toMatchObject({ "4/RR": expect.stringMatching(/^10\.30\.253\./) });
});

test("where another process moved the pool on, what it gave is left alone", async () => {
  const [first, second, third] = [aJob(), aJob(), aJob()];
  await deploy(first);
  await service.look(async (db) => {
    await db
      .collection<{ _id: string; pool: string; holder: string }>("addresses")
      .insertOne({ _id: "10.30.0.2", pool: "service_v4", holder: "4/RR/other" });
  });
  await setNext("service_v4", "10.30.0.3");
  await deploy(second);
  await deploy(third);
  const held = await Promise.all([second, third].map(heldBy));
  const given = held.flatMap((one) => [one["4/RR"], one["4/Closest"]]);
  expect(given.toSorted()).toEqual(["10.30.0.3", "10.30.0.4", "10.30.0.5", "10.30.0.6"]);
});

test("a service is not removed while instances of it are still there", async () => {
  const job = service.root.jobs.put(aJob({ members: [0] }));
  service.root.instances.put(aRecord(job._id, 0));
  await eventually(async () => (await table(job)).instance_list.length === 1);
  const path = `DELETE /api/net/service/${job._id}`;
  expect(await service.tier.refusal(path)).toEqual({ status: 400, code: "still_deployed" });
});

test("what a service that never came was given is taken back when it is removed", async () => {
  const job = aJob();
  await deploy(job);
  const path = `DELETE /api/net/service/${job._id}`;
  expect(await service.tier.call(path)).toBe("Job removed successfully");
  expect(await heldBy(job)).toEqual({});
});

test("an instance that the assignments still have is not taken its addresses", async () => {
  const job = service.root.jobs.put(aJob({ members: [0] }));
  await eventually(async () => Object.keys(await heldBy(job)).length === 6);
  expect(await service.tier.call(`DELETE /api/net/${job._id}/0`)).toBe("Instance info cleared");
  expect(Object.keys(await heldBy(job))).toHaveLength(6);
  service.root.jobs.put({ ...job, members: [], rev: 2 });
  await eventually(async () => {
    await service.tier.call(`DELETE /api/net/${job._id}/-1`);
    return Object.keys(await heldBy(job)).length === 4;
  });
});

test.each([
  ["POST /api/net/instance/deploy", { _id: newId(), instance_number: 0, cluster_id: "c" }],
  [`DELETE /api/net/service/${newId()}`, undefined],
  [`DELETE /api/net/${newId()}/-1`, undefined],
])("%s for an unknown service is 404", async (line, body) => {
  const refusal = { status: 404, code: "service_unknown" };
  expect(await service.tier.refusal(line, body)).toEqual(refusal);
});

test("a restart forgets nothing", async () => {
  const [first, second] = [aJob(), aJob()];
  await deploy(first);
  await service.restart();
  await deploy(first);
  await deploy(second);
  expect(await heldBy(first)).toMatchObject({ "4/RR": "10.30.0.0" });
  expect(await heldBy(second)).toMatchObject({ "4/RR": "10.30.0.2" });
});

test("a thousand instances that ask at once have as many addresses, one after the other", async () => {
  const job = aJob();
  await deploy(job);
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => deployInstance(job, n)));
  const held = Object.values(await heldBy(job));
  expect(new Set(held).size).toBe(2 * 1_002);
  // None was passed over.
  const fresh = freshAddresses(POOLS.service_v4, POOLS.service_v4.first);
  const first = Array.from({ length: 1_002 }, () => fresh.next().value?.address);
  const given = held.map(addressValue).filter((value) => value < 2n ** 32n);
  expect(given.toSorted((a, b) => Number(a - b))).toEqual(first);
});
