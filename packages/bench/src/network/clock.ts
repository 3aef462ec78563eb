/** Milliseconds of the machine's own clock: the same in all processes, whatever is done to the time of day. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
