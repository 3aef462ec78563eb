import { type SignHeard, type SignOfLife, signedText } from "@oak/contracts";
import { codeOf } from "@oak/kit";
import { expect, test } from "vitest";
import { createVirtualClock } from "../../test/virtual-clock.ts";
import { createLifeSigns } from "./show-life.ts";

const id = "a".repeat(24);
const terms = { key: "key of the session", patience_ms: 1_000, every_ms: 250 };

function setUp() {
  const clock = createVirtualClock();
  const sent: { sign: SignOfLife; atMs: number }[] = [];
  let answer: (heard: SignHeard) => void = () => undefined;
  let rests = 0;
  const post = {
    send: (sign: SignOfLife) => void sent.push({ sign, atMs: clock.monotonicMs() }),
    onHeard: (listener: (heard: SignHeard) => void) => {
      answer = listener;
    },
    rest: () => {
      rests += 1;
    },
  };
  const signs = createLifeSigns({ post, clock });
  const connection = { openSinceMs: undefined as number | undefined };
  const online = () => signs.online({ unansweredSinceMs: () => connection.openSinceMs });
  const times = () => sent.map(({ atMs }) => atMs);
  return {
    clock,
    sent,
    times,
    signs,
    online,
    connection,
    answer: (heard: SignHeard) => answer(heard),
    rests: () => rests,
  };
}

test("while the connection answers nothing is sent", async () => {
  const { clock, signs, online, connection, sent } = setUp();
  signs.registered({ id, session: 3, sign_of_life: terms });
  online();
  for (let second = 0; second < 20; second += 1) {
    connection.openSinceMs = clock.monotonicMs();
    await clock.advance(900);
    connection.openSinceMs = undefined;
    await clock.advance(100);
  }
  expect(sent).toEqual([]);
});

test("when the connection owes an answer for too long, signs go out until it comes", async () => {
  const { clock, signs, online, connection, times, rests } = setUp();
  signs.registered({ id, session: 3, sign_of_life: terms });
  online();
  connection.openSinceMs = 0;
  await clock.advance(2_000);
  expect(times()).toEqual([1_000, 1_250, 1_500, 1_750, 2_000]);
  const before = rests();
  connection.openSinceMs = undefined;
  await clock.advance(5_000);
  expect(times()).toHaveLength(5);
  expect(rests()).toBe(before + 1);
});

test("signs are numbered and carry the code of their session", async () => {
  const { clock, signs, sent } = setUp();
  signs.registered({ id, session: 3, sign_of_life: terms });
  await clock.advance(1_250);
  expect(sent.map(({ sign }) => sign)).toEqual(
    [1, 2].map((seq) => {
      const sign = { id, session: 3, seq };
      return { ...sign, code: codeOf(terms.key, signedText(sign)) };
    }),
  );
});

test("a sign that was heard is enough for a while; an answer to another session is none", async () => {
  const { clock, signs, times, answer } = setUp();
  signs.registered({ id, session: 3, sign_of_life: terms });
  await clock.advance(1_100);
  answer({ session: 2, seq: 1 });
  await clock.advance(200);
  answer({ session: 3, seq: 2 });
  await clock.advance(1_200);
  expect(times()).toEqual([1_000, 1_250, 2_500]);
});

test("a connection that ends leaves its open question behind", async () => {
  const { clock, signs, online, connection, times } = setUp();
  signs.registered({ id, session: 3, sign_of_life: terms });
  online();
  await clock.advance(10_000);
  connection.openSinceMs = 9_500;
  signs.offline();
  await clock.advance(500);
  expect(times()).toEqual([10_500]);
});

test("without terms, after a stop, and when they would not count any more there are no signs", async () => {
  const { clock, signs, sent } = setUp();
  signs.registered({ id, session: 3 });
  await clock.advance(5_000);
  expect(sent).toEqual([]);
  signs.registered({ id, session: 4, sign_of_life: terms });
  await clock.advance(70_000);
  expect(sent.length).toBe(237);
  signs.registered({ id, session: 5, sign_of_life: terms });
  signs.stop();
  await clock.advance(5_000);
  expect(sent.length).toBe(237);
  expect(clock.timers()).toBe(0);
});
