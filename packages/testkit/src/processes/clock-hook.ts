/*
 * Loaded before a service (`node --import`): each SIGUSR2 sets the wall clock of the process by another step, as
 * somebody with `date` would; time that only grows goes on. See `withSteppedClock`.
 */

const stepsMs = (process.env["CLOCK_STEPS_MS"] ?? "").split(",").map(Number);
const RealDate = Date;
let shiftMs = 0;

class SteppedDate extends RealDate {
  constructor(...args: readonly unknown[]) {
    // Node's own types know each number of arguments by itself.
    super(...((args.length === 0 ? [SteppedDate.now()] : args) as [number]));
  }

  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}
globalThis.Date = SteppedDate as DateConstructor;

process.on("SIGUSR2", () => {
  shiftMs += stepsMs.shift() ?? 0;
  process.stderr.write(`--- the clock says ${new Date().toISOString()}\n`);
});
