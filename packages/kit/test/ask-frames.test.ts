import { expect, test } from "vitest";
import { createFrameReader } from "../src/asks/frames.ts";
import { createFakeClock } from "./fake-clock.ts";

/** A frame as large as what a reader lets wait. */
function aFrame(): Buffer {
  const bytes = Buffer.alloc(4 + 64 * 1024, "x");
  bytes.writeUInt32BE(64 * 1024, 0);
  return bytes;
}

function setUp() {
  const clock = createFakeClock();
  const timing = { idleMs: 40_000, stallMs: 120_000, clock };
  const reader = createFrameReader({ ...timing, maxBytes: Number.MAX_SAFE_INTEGER });
  const failures: unknown[] = [];
  reader.on("error", (error) => failures.push(error));
  // More than the reader has read at any time here.
  for (let count = 0; count < 50; count += 1) reader.write(aFrame());
  return { clock, reader, failures };
}

test("a reader that is slow, and reads, is not given up", async () => {
  const { clock, reader, failures } = setUp();
  for (let round = 0; round < 20; round += 1) {
    await clock.advance(30_000);
    // Full again at once, as at each look.
    expect(reader.read()).not.toBeNull();
  }
  expect(failures).toEqual([]);
  expect(reader.destroyed).toBe(false);
  reader.destroy();
});

test("a reader that has stopped to read is given up, and not before", async () => {
  const { clock, reader, failures } = setUp();
  await clock.advance(30_000);
  reader.read();
  await clock.advance(100_000);
  expect(failures).toEqual([]);
  await clock.advance(60_000);
  expect(failures).toMatchObject([{ reason: "stalled" }]);
  expect(clock.timers).toBe(0);
});
