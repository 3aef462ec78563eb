import type { Candidate, JobSpec, Need } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aHold, aJob, aNeed, aWorker, idOf } from "../../test/candidates.ts";
import { type CandidateTable, createCandidateTable } from "./candidate-table.ts";
import { fits } from "./fits.ts";
import { sumHolds } from "./holds.ts";
import { needOf } from "./need.ts";
import { placeOnWorker } from "./place-on-worker.ts";

const amount = fc.integer({ min: 0, max: 80 }).map((tenths) => tenths / 10);
const hostPort = fc.constantFrom("80/tcp", "81/tcp", "53/udp");

const need: fc.Arbitrary<Need> = fc.record({
  vcpus: amount,
  memory: fc.integer({ min: 0, max: 900 }),
  vgpus: fc.integer({ min: 0, max: 1 }),
  host_ports: fc.uniqueArray(hostPort, { maxLength: 1 }),
});

const holds = fc
  .array(need, { maxLength: 3 })
  .map((needs) =>
    Object.fromEntries(needs.map((each, index) => [`${idOf(7)}/${index}`, aHold(each)])),
  );

const worker = (number: number): fc.Arbitrary<Candidate> =>
  fc
    .record({
      vcpus: amount,
      memory: fc.integer({ min: 0, max: 2000 }),
      vgpus: fc.integer({ min: 0, max: 2 }),
      addresses: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
      holds,
      liveness: fc.constantFrom("alive", "alive", "alive", "lost" as const),
      schedulable: fc.constantFrom(true, true, true, false),
      architecture: fc.constantFrom("amd64", "arm64"),
      virtualization: fc.constantFrom(["docker"], ["docker", "runsc"], null),
      cpu_percent: fc.integer({ min: 0, max: 100 }),
      name: fc.constantFrom("a", "b", "c"),
    })
    .map(({ vcpus, memory, vgpus, addresses, name, ...rest }) =>
      aWorker(number, {
        ...rest,
        candidate_name: name,
        allocatable: { vcpus, memory, vgpus, ...(addresses !== undefined && { addresses }) },
      }),
    );

const workers = fc
  .integer({ min: 0, max: 8 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => worker(index))));

const job: fc.Arbitrary<JobSpec> = fc
  .record({
    vcpus: amount,
    memory: fc.integer({ min: 0, max: 1200 }),
    vgpus: fc.integer({ min: 0, max: 1 }),
    port: fc.constantFrom("", "80", "53/udp"),
    arch: fc.constantFrom<string[]>([], ["arm64"], ["amd64", "arm64"]),
    virtualization: fc.constantFrom("docker", "runsc"),
    node: fc.constantFrom("", "", "a;b", "d"),
  })
  .map(({ node, ...spec }) => aJob({ ...spec, constraints: [{ type: "direct", node }] }));

const salt = fc.string({ maxLength: 4 });

function tableOf(candidates: readonly Candidate[]): CandidateTable {
  const table = createCandidateTable();
  for (const candidate of candidates) table.upsert(candidate);
  return table;
}

function decide(table: CandidateTable, spec: JobSpec, exclude: string[] = [], salted = "s") {
  return placeOnWorker(table, { job: spec, need: needOf(spec), exclude, salt: salted });
}

test("refusals add up to the number of candidates", () => {
  fc.assert(
    fc.property(workers, job, fc.subarray([idOf(0), idOf(1)]), (candidates, spec, exclude) => {
      const placement = decide(tableOf(candidates), spec, exclude);
      if (placement.ok) return;
      const sum = Object.values(placement.refusals).reduce((total, count) => total + count, 0);
      expect(sum).toBe(candidates.length);
    }),
  );
});

test("the order in which candidates arrived does not matter", () => {
  const shuffled = workers.chain((candidates) =>
    fc.tuple(
      fc.constant(candidates),
      fc.shuffledSubarray(candidates, { minLength: candidates.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, job, salt, ([candidates, others], spec, salted) => {
      expect(decide(tableOf(others), spec, [], salted)).toEqual(
        decide(tableOf(candidates), spec, [], salted),
      );
    }),
  );
});

test("a place always fits what its document has left, and every refusal of room is one of fits too", () => {
  fc.assert(
    fc.property(workers, job, (candidates, spec) => {
      for (const candidate of candidates) {
        const placement = decide(tableOf([candidate]), spec);
        const fit = fits(candidate, needOf(spec));
        if (placement.ok) expect(fit).toEqual({ ok: true });
        else if (!fit.ok && placement.status === "NO_WORKER_CAPACITY") {
          expect(placement.refusals).toEqual({ [fit.reason]: 1 });
        } else if (placement.status === "NO_WORKER_CAPACITY") {
          expect.fail(`refused ${JSON.stringify(placement.refusals)} although it fits`);
        }
      }
    }),
  );
});

test("a hold that replaces itself fits where it is", () => {
  fc.assert(
    fc.property(worker(1), need, (candidate, wanted) => {
      const key = `${idOf(9)}/0`;
      const fit = fits(candidate, wanted);
      const holding = { ...candidate, holds: { ...candidate.holds, [key]: aHold(wanted) } };
      expect(fits(holding, wanted, key)).toEqual(fit);
    }),
  );
});

type Step =
  | { kind: "upsert"; candidate: Candidate }
  | { kind: "remove"; number: number }
  | { kind: "reserve"; number: number; key: string; need: Need }
  | { kind: "release"; number: number; key: string };

const number = fc.integer({ min: 0, max: 5 });
const key = fc.constantFrom("k1", "k2", "k3");
const step: fc.Arbitrary<Step> = fc.oneof(
  number.chain(worker).map((candidate) => ({ kind: "upsert" as const, candidate })),
  fc.record({ kind: fc.constant("remove" as const), number }),
  fc.record({ kind: fc.constant("reserve" as const), number, key, need }),
  fc.record({ kind: fc.constant("release" as const), number, key }),
);

// A service of its own: no document of this test shows its holds, so reservations last.
const reservationOf = (taken: Need) => ({ jobId: idOf(99), need: taken });

function apply(table: CandidateTable, each: Step): void {
  if (each.kind === "upsert") table.upsert(each.candidate);
  else if (each.kind === "remove") table.remove(idOf(each.number));
  else if (each.kind === "release") table.release(idOf(each.number), each.key);
  else table.reserve(idOf(each.number), each.key, reservationOf(each.need));
}

/** What is there in the end, kept the simplest way. */
interface Model {
  documents: Map<string, Candidate>;
  reserved: Map<string, Map<string, Need>>;
}

function applyToModel({ documents, reserved }: Model, each: Step): void {
  if (each.kind === "upsert") {
    documents.set(each.candidate._id, each.candidate);
    return;
  }
  const id = idOf(each.number);
  if (each.kind === "remove") {
    documents.delete(id);
    reserved.delete(id);
  } else if (each.kind === "release") {
    reserved.get(id)?.delete(each.key);
  } else if (documents.has(id)) {
    reserved.set(id, (reserved.get(id) ?? new Map()).set(each.key, each.need));
  }
}

function rebuild({ documents, reserved }: Model): CandidateTable {
  const table = tableOf([...documents.values()]);
  for (const [id, byKey] of reserved) {
    for (const [name, taken] of byKey) table.reserve(id, name, reservationOf(taken));
  }
  return table;
}

test("a table that was changed step by step decides like one that is built from the result", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), job, salt, (steps, spec, salted) => {
      const grown = createCandidateTable();
      const model: Model = { documents: new Map(), reserved: new Map() };
      for (const each of steps) {
        apply(grown, each);
        applyToModel(model, each);
      }
      expect(decide(grown, spec, [], salted)).toEqual(decide(rebuild(model), spec, [], salted));
    }),
  );
});

test("no sequence of places, holds and releases exceeds what is allocatable", () => {
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("place" as const), job }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("release" as const), nth: fc.nat(9) }) },
  );
  const emptyWorkers = workers.map((candidates) =>
    candidates.map((candidate) => ({ ...candidate, holds: {} })),
  );
  fc.assert(
    fc.property(emptyWorkers, fc.array(action, { maxLength: 30 }), (candidates, actions) => {
      const table = tableOf(candidates);
      const documents: Documents = new Map(
        candidates.map((candidate) => [candidate._id, candidate]),
      );
      for (const [index, each] of actions.entries()) {
        if (each.kind === "place") holdPlace(table, documents, each.job, `${idOf(3)}/${index}`);
        else releaseNth(table, documents, each.nth);
      }
      for (const { allocatable, holds: held } of documents.values()) {
        const sum = sumHolds(held);
        expect(sum.vcpus).toBeLessThanOrEqual(allocatable.vcpus);
        expect(sum.memory).toBeLessThanOrEqual(allocatable.memory);
        expect(sum.vgpus).toBeLessThanOrEqual(allocatable.vgpus);
        const claims = Object.values(held).reduce((all, hold) => all + hold.host_ports.length, 0);
        expect(sum.host_ports).toHaveLength(claims);
      }
    }),
  );
});

type Documents = Map<string, Candidate>;

function holdPlace(
  table: CandidateTable,
  documents: Documents,
  spec: JobSpec,
  instance: string,
): void {
  const placement = decide(table, spec);
  if (!placement.ok) return;
  const document = documents.get(placement.candidate)!;
  expect(fits(document, needOf(spec))).toEqual({ ok: true });
  const next = { ...document, holds: { ...document.holds, [instance]: aHold(needOf(spec)) } };
  documents.set(next._id, next);
  table.upsert(next);
}

function releaseNth(table: CandidateTable, documents: Documents, nth: number): void {
  const held = [...documents.values()].flatMap((document) =>
    Object.keys(document.holds).map((instance) => ({ document, instance })),
  );
  const picked = held[nth];
  if (picked === undefined) return;
  const { [picked.instance]: _released, ...rest } = picked.document.holds;
  const next = { ...picked.document, holds: rest };
  documents.set(next._id, next);
  table.upsert(next);
}

test("sumHolds leaves out the hold that is named", () => {
  const held = { [`${idOf(1)}/0`]: aHold(), [`${idOf(1)}/1`]: aHold({ vcpus: 2 }) };
  expect(sumHolds(held, `${idOf(1)}/1`)).toEqual(aNeed());
});
