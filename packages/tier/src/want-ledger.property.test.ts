import fc from "fast-check";
import { expect, test } from "vitest";
import { createWantLedger } from "./want-ledger.ts";

const child = "a00000000000000000000000";

/** A placer's write: it asks for a number, gets it, stores the change, closes; each at its own time. */
interface Change {
  isRefused: boolean;
  /** in which order the answer arrives and the store is done, among all */
  steps: number[];
}

const changes = fc.array(
  fc.record({
    isRefused: fc.boolean(),
    steps: fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
  }),
  { maxLength: 8 },
);

/** Plays all changes interleaved as their steps say; `look` is called after each step. */
async function interleave(
  all: readonly Change[],
  look: (settled: number, stored: ReadonlySet<number>, given: ReadonlySet<number>) => void,
): Promise<void> {
  const ledger = createWantLedger();
  const stored = new Set<number>();
  const given = new Set<number>();
  let counter = 0;
  const plays = all.map(({ isRefused, steps }) => {
    let number: number | undefined;
    let answer: (value: number | undefined) => void = () => undefined;
    let opened: Promise<unknown> = Promise.resolve();
    const acts = [
      () => {
        opened = ledger.open(
          child,
          () => new Promise<number | undefined>((resolve) => (answer = resolve)),
          (value) => value,
        );
      },
      // The store counts; the answer is on its way.
      () => {
        if (isRefused) return;
        counter += 1;
        number = counter;
        given.add(number);
      },
      () => {
        answer(number);
        return opened;
      },
      () => {
        if (number === undefined) return;
        stored.add(number);
        ledger.close(child, number);
      },
    ];
    const times = [...steps].sort((a, b) => a - b);
    return acts.map((act, index) => ({ atMs: times[index] ?? 0, act }));
  });
  for (const { act } of plays.flat().sort((a, b) => a.atMs - b.atMs)) {
    await act();
    look(ledger.settled(child), stored, given);
  }
  look(ledger.settled(child), stored, given);
}

test("the settled number never passes a change that is not stored, and never falls", async () => {
  await fc.assert(
    fc.asyncProperty(changes, async (all) => {
      let last = 0;
      await interleave(all, (settled, stored, given) => {
        for (const number of given) {
          if (!stored.has(number)) expect(settled).toBeLessThan(number);
        }
        expect(settled).toBeGreaterThanOrEqual(last);
        last = settled;
      });
    }),
  );
});

test("once everything is stored, everything is settled", async () => {
  await fc.assert(
    fc.asyncProperty(changes, async (all) => {
      let end = { settled: 0, given: 0 };
      await interleave(all, (settled, _stored, given) => {
        end = { settled, given: Math.max(0, ...given) };
      });
      expect(end.settled).toBe(end.given);
    }),
  );
});
