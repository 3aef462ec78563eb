import { expect, test } from "vitest";
import { createSentHeartbeats } from "./sent-heartbeats.ts";

test("it is known when a heartbeat of this session left", () => {
  const sent = createSentHeartbeats();
  sent.note({ session: 2, seq: 4 }, 400);
  sent.note({ session: 2, seq: 7 }, 700);

  expect(sent.sentMs({ session: 2, seq: 4 })).toBe(400);
  expect(sent.sentMs({ session: 2, seq: 5 })).toBeUndefined();
});

test("numbers of another session say nothing", () => {
  const sent = createSentHeartbeats();
  sent.note({ session: 1, seq: 1 }, 100);
  sent.note({ session: 2, seq: 2 }, 200);

  expect(sent.sentMs({ session: 1, seq: 1 })).toBeUndefined();
  expect(sent.sentMs({ session: 1, seq: 2 })).toBeUndefined();
});

test("a count that begins anew under the same session forgets the old one", () => {
  const sent = createSentHeartbeats();
  sent.note({ session: 1, seq: 1 }, 100);
  sent.note({ session: 1, seq: 9 }, 900);
  sent.note({ session: 1, seq: 2 }, 1_200);

  expect(sent.sentMs({ session: 1, seq: 9 })).toBeUndefined();
  expect(sent.sentMs({ session: 1, seq: 2 })).toBe(1_200);
});

test("only the newest are kept", () => {
  const sent = createSentHeartbeats();
  for (let seq = 1; seq <= 300; seq += 1) sent.note({ session: 1, seq }, seq);

  expect(sent.sentMs({ session: 1, seq: 1 })).toBeUndefined();
  expect(sent.sentMs({ session: 1, seq: 300 })).toBe(300);
});
