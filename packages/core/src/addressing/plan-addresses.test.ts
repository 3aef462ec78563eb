import fc from "fast-check";
import { expect, test } from "vitest";
import { holderKey } from "./address-holder.ts";
import { type HeldAddress, livingHolders, planAddresses } from "./plan-addresses.ts";

const web = { _id: "a".repeat(24), members: [0, 1], deleted: false };
const named = (living: ReturnType<typeof livingHolders>) =>
  living.map((holder) => holderKey(holder, 4)).toSorted();

test("a service has two addresses, and one more for each instance that is wanted or still there", () => {
  const living = livingHolders([web], [{ job_id: web._id, instance_number: 7 }]);
  expect(named(living)).toEqual([
    `4/Closest/${web._id}`,
    `4/RR/${web._id}`,
    `4/instance/${web._id}/0`,
    `4/instance/${web._id}/1`,
    `4/instance/${web._id}/7`,
  ]);
});

test("a deleted service has no address any more, its instances keep theirs until their records are gone", () => {
  const deleted = { ...web, members: [], deleted: true };
  const records = [{ job_id: web._id, instance_number: 1 }];
  expect(named(livingHolders([deleted], records))).toEqual([`4/instance/${web._id}/1`]);
  expect(named(livingHolders([], records))).toEqual([`4/instance/${web._id}/1`]);
  expect(livingHolders([deleted], [])).toEqual([]);
});

const job = fc.record({
  _id: fc.constantFrom("a".repeat(24), "b".repeat(24), "c".repeat(24)),
  members: fc.uniqueArray(fc.nat({ max: 5 })),
  deleted: fc.boolean(),
});
const jobs = fc.uniqueArray(job, { selector: ({ _id }) => _id });

test("carried out, a plan leaves nothing to do", () => {
  fc.assert(
    fc.property(jobs, jobs, (before, after) => {
      const give = (list: typeof before): HeldAddress[] =>
        planAddresses(livingHolders(list, []), [], { nowS: 0, graceS: 0 })
          .missing.flatMap((holder) => [holderKey(holder, 4), holderKey(holder, 6)])
          .map((holder) => ({ address: holder, holder, since: 0 }));
      const living = livingHolders(after, []);
      const terms = { nowS: 100, graceS: 30 };
      const held = give(before);
      const { missing, leftOver } = planAddresses(living, held, terms);
      const kept = held.filter(({ address }) => !leftOver.includes(address));
      const given = missing.flatMap((holder) =>
        ([4, 6] as const).map((family) => {
          const key = holderKey(holder, family);
          return { address: key, holder: key, since: 100 };
        }),
      );
      const done = planAddresses(living, [...kept, ...given], terms);
      expect(done).toEqual({ missing: [], leftOver: [], tooYoung: [] });
    }),
  );
});

test("what was given a moment ago is not taken back: its service may be on the way", () => {
  const held = [{ address: "10.30.0.1", holder: "4/RR/x", since: 80 }];
  const young = { leftOver: [], tooYoung: ["10.30.0.1"] };
  expect(planAddresses([], held, { nowS: 109, graceS: 30 })).toMatchObject(young);
  const old = { leftOver: ["10.30.0.1"], tooYoung: [] };
  expect(planAddresses([], held, { nowS: 110, graceS: 30 })).toMatchObject(old);
});
