import { expect, test } from "vitest";
import { createWantLedger, type WantLedger } from "./want-ledger.ts";

const child = "00000000000000000000000a";

/** Notes when the next wake comes. */
function watch(ledger: WantLedger) {
  const seen = { settled: [] as number[] };
  const controller = new AbortController();
  void ledger.changed(child, controller.signal).then((isChange) => {
    if (isChange) seen.settled.push(ledger.settled(child));
  });
  return { ...seen, controller };
}

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a number is settled once its assignment is stored, and only then is anybody woken", async () => {
  const ledger = createWantLedger();
  ledger.learn(child, 4);
  const { settled } = watch(ledger);

  const wantRev = await ledger.open(
    child,
    async () => 5,
    (answer) => answer,
  );
  await turns();
  expect([ledger.counted(child), ledger.settled(child), settled]).toEqual([5, 4, []]);

  ledger.close(child, wantRev);
  await turns();
  expect(settled).toEqual([5]);
});

test("a number that was not given holds nothing up", async () => {
  const ledger = createWantLedger();
  ledger.learn(child, 4);
  const refused = ledger.open(
    child,
    async () => undefined,
    (answer) => answer,
  );
  expect(ledger.settled(child)).toBe(4);
  await refused;
  ledger.learn(child, 6);
  expect(ledger.settled(child)).toBe(6);
});

test("while a count is under way, nothing above what was known is settled", async () => {
  const ledger = createWantLedger();
  ledger.learn(child, 4);
  let answer: (wantRev: number) => void = () => undefined;
  const first = ledger.open(
    child,
    () => new Promise<number>((resolve) => (answer = resolve)),
    (wantRev) => wantRev,
  );
  await ledger.open(
    child,
    async () => 6,
    (wantRev) => wantRev,
  );
  const woken = watch(ledger).settled;
  ledger.close(child, 6);
  await turns();
  // The change with number 6 can be told, but the cursor stays below 5.
  expect(woken).toEqual([4]);
  const { settled } = watch(ledger);
  answer(5);
  ledger.close(child, await first);
  await turns();
  expect(settled).toEqual([6]);
});

test("who waits is told when the wait is given up", async () => {
  const ledger = createWantLedger();
  const controller = new AbortController();
  const changed = ledger.changed(child, controller.signal);
  controller.abort();
  expect(await changed).toBe(false);
});
