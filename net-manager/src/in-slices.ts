import { setImmediate as nextTurn } from "node:timers/promises";

/** Packets and questions wait for no more than this. */
const sliceMs = 5;

/** Does `work` with each of very many, some at a time: in between others have their turn, and may change what is still to come. */
export async function inSlices<T>(all: Iterable<T>, work: (one: T) => void): Promise<void> {
  let beganMs = performance.now();
  for (const one of all) {
    work(one);
    if (performance.now() - beganMs < sliceMs) continue;
    await nextTurn();
    beganMs = performance.now();
  }
}
