import { commonErrors } from "@oak/kit";
import { expect, test } from "vitest";
import { standingCheckMs, watchStanding } from "./watch-standing.ts";

function aWatch(answers: (() => Promise<boolean>)[]) {
  let due: (() => void) | undefined;
  let ended = 0;
  const stop = watchStanding({
    clock: {
      nowMs: () => 0,
      monotonicMs: () => 0,
      setTimer: (ms, fn) => {
        expect(ms).toBe(standingCheckMs);
        due = fn;
        return () => {
          due = undefined;
        };
      },
    },
    mayGoOn: () => answers.shift()?.() ?? Promise.resolve(true),
    end: () => {
      ended += 1;
    },
  });
  const turn = async (): Promise<void> => {
    const fire = due;
    due = undefined;
    fire?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { stop, turn, state: () => ({ ended, isWatched: due !== undefined }) };
}

const yes = async () => true;
const no = async () => false;
const refused = () => Promise.reject(commonErrors.forbidden());
const away = () => Promise.reject(commonErrors.unavailable());

test.each([
  ["no more", no],
  ["refused", refused],
])("a stream of somebody who is %s ends, once", async (_what, answer) => {
  const watch = aWatch([yes, answer]);
  await watch.turn();
  expect(watch.state()).toEqual({ ended: 0, isWatched: true });
  await watch.turn();
  expect(watch.state()).toEqual({ ended: 1, isWatched: false });
});

test("while nobody can tell, it goes on and is asked again", async () => {
  const watch = aWatch([away, no]);
  await watch.turn();
  expect(watch.state()).toEqual({ ended: 0, isWatched: true });
  await watch.turn();
  expect(watch.state().ended).toBe(1);
});

test("nothing is watched or ended after it was stopped, also while it is being asked", async () => {
  const watch = aWatch([no, yes]);
  const turn = watch.turn();
  watch.stop();
  await turn;
  expect(watch.state()).toEqual({ ended: 0, isWatched: false });
});
