import { chooseVictim, strike, strikeAtRest, type Victim } from "./disasters.ts";
import { drawScenario } from "./draw-scenario.ts";
import { createFingerprint } from "./fingerprint.ts";
import { createIntent, type Intent } from "./intent.ts";
import { createJudge, type Judge } from "./judge.ts";
import { createMishaps, relieve } from "./mishaps.ts";
import { PERFECT_NETWORK } from "./network.ts";
import { createOperator, type Operator } from "./operator.ts";
import { endOrphans } from "./orphans.ts";
import { scheduleRemoval } from "./removals.ts";
import { drawUpdates } from "./rollout-scenario.ts";
import type { Disaster } from "./scenario.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { openMatters } from "./settled.ts";
import { silentLog } from "./silent-log.ts";
import { tellStory } from "./story.ts";
import { createTierClocks } from "./tier-clocks.ts";
import { createUser } from "./user.ts";
import { createVirtualTime } from "./virtual-time.ts";
import { createWorld, nodesOf, type World } from "./world.ts";

export interface SimulationResult {
  seed: number;
  /** what went wrong, empty when nothing did */
  violations: readonly string[];
  crashes: number;
  requests: number;
  /** virtual milliseconds */
  durationMs: number;
  /** the same for the same seed, whatever machine runs it; absent unless it was asked for */
  fingerprint: string | undefined;
}

export interface SimulationOptions {
  /** takes the story, line by line */
  trace?: ((line: string) => void) | undefined;
  /** what happens to a database, in place of what the seed says */
  disaster?: Disaster | undefined;
  hasFingerprint?: boolean | undefined;
}

interface Run {
  world: World;
  judge: Judge;
  intent: Intent;
  operator: Operator | undefined;
}

/** How long the system has to settle once nothing goes wrong any more. */
const SETTLE_MS = 240_000;
/** Settled means that nothing is left to do for so long. */
const REST_MS = 2500;
const LOOK_MS = 500;
/** After so long a person looks why something is not done, and ends what has its room. */
const DECIDE_MS = 60_000;

/** Plays one seed: faults for a while, then none; the outcome is judged throughout. */
export async function runSimulation(
  seed: number,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  const random = createSeededRandom(seed);
  const time = createVirtualTime();
  const updates = drawUpdates(seed);
  const scenario = { ...drawScenario(random, options.disaster), updates: updates?.scenario };
  const { trace, log } = tracing(options, time.nowMs);
  const faults = { crash: 0, failure: 0 };
  const clocks = createTierClocks(time, random);
  const deps = { time, random, faults, trace, log, clocks, clockOf: clocks.of };
  const world = createWorld(deps, scenario);
  trace?.("scenario", scenario);
  tellStory(world);
  const judge = createJudge(world);
  const intent = createIntent(world.rootDisk, judge.report);
  const user = createUser(world, intent);
  const operator = updates && createOperator(world, updates, { intent, user });
  world.onRolloutStep.push((before, after) =>
    intent.replaced(
      after._id,
      before.members.filter((number) => !after.members.includes(number)),
    ),
  );
  const fingerprint = options.hasFingerprint === true ? createFingerprint(world) : undefined;
  const run = { world, judge, intent, operator };
  for (const node of nodesOf(world)) node.start();
  scheduleMishaps(world, user.act);
  scheduleRemoval(world);
  operator?.start();
  const victim = chooseVictim(world);
  await play(run, victim);
  return {
    seed,
    violations: judge.violations,
    crashes: world.crashes,
    requests: user.requests(),
    durationMs: time.nowMs(),
    fingerprint: fingerprint?.(),
  };
}

async function play(run: Run, victim: Victim | undefined): Promise<void> {
  const { faultyMs, isStruckInTrouble } = run.world.scenario;
  await makeTrouble(run, faultyMs / 2);
  if (victim !== undefined && isStruckInTrouble) strike(run, victim);
  await makeTrouble(run, faultyMs / 2);
  await settle(run);
  if (victim !== undefined && !isStruckInTrouble) {
    await strikeAtRest(run, victim, () => settle(run));
    await makeTrouble(run, faultyMs / 2);
    await settle(run);
  }
  if (run.operator !== undefined) await updateAtRest(run, run.operator);
}

/** When nothing else is the matter, an update must not be noticed at all. */
async function updateAtRest(run: Run, operator: Operator): Promise<void> {
  run.world.isOnlyUpdated = true;
  operator.updateAll();
  await settle(run);
}

function tracing({ trace }: SimulationOptions, nowMs: () => number): Pick<World, "trace" | "log"> {
  if (trace === undefined) return { trace: undefined, log: silentLog };
  const write = (what: string, facts: object): void =>
    trace(`${nowMs().toFixed(1)} ${what} ${JSON.stringify(facts, readable)}`);
  const log = (facts: object, message: string): void => write(message, facts);
  return { trace: write, log: { debug: log, info: log, warn: log, error: log } };
}

/** Errors have no JSON of their own. */
const readable = (_key: string, value: unknown): unknown =>
  value instanceof Error ? value.stack?.split("\n", 3).join(" ") : value;

/** Each kind of mishap comes again and again, at its own pace, while mishaps are on. */
function scheduleMishaps(world: World, request: () => void): void {
  const { time, random, scenario } = world;
  const mishaps = createMishaps(world);
  const actions = { ...mishaps, request };
  for (const [kind, act] of Object.entries(actions)) {
    const everyMs = scenario.every[kind as keyof typeof actions];
    if (!Number.isFinite(everyMs)) continue;
    const again = (): void => {
      if (world.isFaulty) act();
      time.after(random.between(everyMs / 2, everyMs * 1.5), again);
    };
    time.after(random.between(everyMs / 2, everyMs * 1.5), again);
  }
}

async function makeTrouble({ world, judge }: Run, ms: number): Promise<void> {
  if (judge.violations.length > 0) return;
  const { scenario, network, faults, time } = world;
  world.isFaulty = true;
  network.faults = scenario.network;
  Object.assign(faults, scenario.store);
  await time.run(time.nowMs() + ms, () => {
    judge.check();
    return judge.violations.length > 0;
  });
}

/** Ends all mishaps and runs on until nothing is left to do. */
async function settle({ world, judge, intent, operator }: Run): Promise<void> {
  if (judge.violations.length > 0) return;
  const { network, faults, time } = world;
  world.isFaulty = false;
  network.faults = PERFECT_NETWORK;
  Object.assign(faults, { crash: 0, failure: 0 });
  const { isRelieved, disaster, isStruckInTrouble } = world.scenario;
  // A database that is struck at rest is struck when everything else is well.
  if (isRelieved || (disaster !== "none" && !isStruckInTrouble)) relieve(world);
  const beganAtMs = time.nowMs();
  let settledSinceMs: number | undefined;
  let isSettled = false;
  const look = (): void => {
    const isOpen = openMatters(world, intent).next().done !== true;
    settledSinceMs = isOpen ? undefined : (settledSinceMs ?? time.nowMs());
    isSettled = settledSinceMs !== undefined && time.nowMs() - settledSinceMs >= REST_MS;
    if (isOpen && time.nowMs() - beganAtMs >= DECIDE_MS) endOrphans(world, intent);
    operator?.mend();
    if (!isSettled) time.after(LOOK_MS, look);
  };
  look();
  await time.run(time.nowMs() + SETTLE_MS, () => {
    judge.check();
    return isSettled || judge.violations.length > 0;
  });
  if (isSettled) judge.trustAgain();
  if (isSettled || judge.violations.length > 0) return;
  for (const matter of openMatters(world, intent)) judge.report(`in the end ${matter}`);
}
