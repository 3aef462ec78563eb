import { setTimeout as delay } from "node:timers/promises";
import { vi } from "vitest";

const LIMIT_MS = 60_000;
const POLL_MS = 50;

/** Repeats a check until it passes; after the limit it throws what the check threw last. */
export function eventually<T>(check: () => T | Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  return vi.waitFor(check, { timeout: limitMs, interval: POLL_MS });
}

/**
 * Checks again and again for as long as `during` takes, and once more at its end: for what must not
 * happen meanwhile, even for a moment.
 */
export async function throughout<T>(
  check: () => void | Promise<void>,
  during: Promise<T>,
): Promise<T> {
  const ended = during.then(
    () => true,
    () => true,
  );
  do await check();
  while (!(await Promise.race([ended, delay(POLL_MS, false)])));
  await check();
  return during;
}
