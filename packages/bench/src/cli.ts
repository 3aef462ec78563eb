import { type Bench, type BenchContext, UsageError } from "./bench.ts";
import { describeAims, isMet } from "./report/aims.ts";
import { describeMachine, loadAverage } from "./report/machine.ts";

export const EXIT = { ok: 0, failed: 1, usage: 2, aimMissed: 3, interrupted: 130 } as const;

export interface Cli {
  benches: readonly Bench[];
  context: BenchContext;
}

/**
 * Runs what the arguments name.
 * @returns the exit code of the program
 */
export async function runCli(argv: readonly string[], cli: Cli): Promise<number> {
  const { benches, context } = cli;
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    context.say(overviewOf(benches));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined) {
    context.say(`There is no bench "${name}".\n\n${overviewOf(benches)}`);
    return EXIT.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    context.say(bench.usage);
    return EXIT.ok;
  }
  const isStrict = rest.includes("--strict");
  return runBench(bench, { args: rest.filter((arg) => arg !== "--strict"), isStrict, context });
}

async function runBench(
  bench: Bench,
  { args, isStrict, context }: { args: string[]; isStrict: boolean; context: BenchContext },
): Promise<number> {
  try {
    context.say(`${describeMachine()} · load average ${loadAverage().toFixed(2)}\n`);
    const { aims } = await bench.run(args, context);
    if (aims.length > 0) context.say(`\n${describeAims(aims)}`);
    return isStrict && !aims.every(isMet) ? EXIT.aimMissed : EXIT.ok;
  } catch (error) {
    if (context.signal.aborted) {
      context.say("Interrupted; everything was taken away.");
      return EXIT.interrupted;
    }
    const text = error instanceof Error ? error.message : String(error);
    context.say(error instanceof UsageError ? `${text}\n\n${bench.usage}` : `Failed: ${text}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function overviewOf(benches: readonly Bench[]): string {
  const list = benches.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join("\n");
  return `npm run bench -- NAME [options]

${list}

  NAME --help    options and examples of one bench
  --strict       exit with ${EXIT.aimMissed} when an aim is missed

Raw samples are kept as CSV in .oak/bench. Exit codes: ${EXIT.ok} measured, ${EXIT.failed} could not measure,
${EXIT.usage} wrong usage, ${EXIT.aimMissed} aim missed (--strict), ${EXIT.interrupted} interrupted.`;
}
