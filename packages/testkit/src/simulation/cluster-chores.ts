import type { ClusterCore } from "@oak/cluster-manager/core";
import type { ProcessLife } from "./process-life.ts";
import type { SimulationDeps } from "./simulation-deps.ts";

/** What a cluster-manager does again and again once its state is read. */
export interface Chores {
  loopLateMs(): number;
}

const TICK_MS = 250;
const WATCH_MS = 1000;
const SWEEP_MS = 5000;
/** between two reports: the least, the most, and after a failure */
const REPORT_MS = { least: 100, most: 2000, failed: 500 };

export function startChores(
  { time }: SimulationDeps,
  { core, life }: { core: ClusterCore; life: ProcessLife },
): Chores {
  let dueMs = time.nowMs();
  let loopLateMs = 0;
  const tick = life.when(() => {
    core.tick();
    time.after(TICK_MS, tick);
  });
  const watch = life.when(() => {
    loopLateMs = time.nowMs() - dueMs;
    dueMs = time.nowMs() + WATCH_MS;
    core.watch().catch(() => undefined);
    time.after(WATCH_MS, watch);
  });
  const sweep = life.when(() => {
    core.sweepHolds().catch(() => undefined);
    time.after(SWEEP_MS, sweep);
  });
  const pull = life.when(() => {
    life.guard(core.root.pull(5)).then(
      () => time.after(20, pull),
      () => time.after(500, pull),
    );
  });
  for (const chore of [tick, watch, sweep, pull]) chore();
  reportOnWork({ time, core, life });
  return { loopLateMs: () => loopLateMs };
}

/** Reports soon after something has changed, and now and then all the same. */
function reportOnWork({
  time,
  core,
  life,
}: Pick<SimulationDeps, "time"> & { core: ClusterCore; life: ProcessLife }): void {
  let isBusy = false;
  let isWoken = false;
  let cancel = (): void => undefined;
  const report = life.when(() => {
    isBusy = true;
    isWoken = false;
    life.guard(core.root.report()).then(
      () => rest(REPORT_MS.least),
      () => rest(REPORT_MS.failed),
    );
  });
  const rest = (ms: number): void => {
    cancel = time.after(
      ms,
      life.when(() => {
        if (isWoken) return report();
        isBusy = false;
        cancel = time.after(REPORT_MS.most, report);
      }),
    );
  };
  core.onRootWork(() => {
    isWoken = true;
    if (isBusy) return;
    isBusy = true;
    cancel();
    time.after(0, report);
  });
  report();
}
