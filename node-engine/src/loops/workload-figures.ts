import { type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import { isWorkloadNoticeable, type WorkloadFigures } from "../domain/figures.ts";
import type { Engine, RunningCopy } from "../engine.ts";
import type { BrokerConnection, Runtime, WorkloadUsage } from "../ports.ts";
import type { ClusterFollower } from "../use-cases/follow-cluster.ts";
import type { LogTails } from "../use-cases/log-tails.ts";

export interface WorkloadFiguresDeps {
  follower: Pick<ClusterFollower, "numbers">;
  engine: Pick<Engine, "running">;
  runtime: Pick<Runtime, "name" | "usage">;
  tails: LogTails;
  /** Of the machine, MB; undefined before the first look at it. */
  memoryTotalMb(): number | undefined;
  clock: Clock;
  random: () => number;
  logger: Logger;
  metrics: Metrics;
}

const everyMs = 1_000;
/** Everything is told this often, for a cluster that was restarted meanwhile. */
const refreshMs = 15_000;
const bytesPerMb = 1_024 * 1_024;

/** Sends figures of the workloads that changed noticeably: `jobs/resources` of one connection. */
export function createWorkloadFiguresLoop(
  deps: WorkloadFiguresDeps,
  connection: Pick<BrokerConnection, "send">,
): Loop {
  const { follower, engine, runtime, tails, clock } = deps;
  const told = createTold();
  let toldAllAtMs = clock.monotonicMs();

  const sweep = async (): Promise<void> => {
    const copies = engine.running();
    const handles = copies.map(({ handle }) => handle);
    told.keepOnly(handles);
    if (copies.length === 0) return;
    const [usage, logs] = await Promise.all([runtime.usage(handles), tails.read(handles)]);
    const nowMs = clock.monotonicMs();
    if (nowMs - toldAllAtMs >= refreshMs) {
      toldAllAtMs = nowMs;
      told.keepOnly([]);
    }
    const services = copies.flatMap((copy) => {
      const { handle } = copy;
      return told.news(handle, describe(copy, usage.get(handle), logs.get(handle)));
    });
    if (services.length > 0) {
      connection.send("resources", { ...follower.numbers(), services }, { qos: 0 });
    }
  };

  /** upstream: metrics are decimal strings; both are percent here, of the whole machine. */
  const describe = (
    { copy }: RunningCopy,
    usage: WorkloadUsage | undefined,
    logs: string | undefined,
  ): WorkloadFigures => {
    const totalMb = deps.memoryTotalMb();
    return {
      job_name: copy.job_name,
      instance: copy.instance_number,
      job_id: copy.job_id,
      epoch: copy.epoch,
      placement: copy.placement,
      virtualization: runtime.name,
      ...(usage !== undefined && { cpu_percent: usage.cpuPercent.toFixed(3) }),
      ...(usage !== undefined &&
        totalMb !== undefined && {
          memory_percent: ((100 * usage.memoryBytes) / bytesPerMb / totalMb).toFixed(3),
        }),
      ...(logs !== undefined && { logs }),
    };
  };

  return createLoop({ ...deps, name: "workload-figures", everyMs, run: sweep });
}

/** What was told of each workload. */
function createTold() {
  let told = new Map<string, WorkloadFigures>();
  return {
    keepOnly: (handles: readonly string[]): void => {
      told = new Map([...told].filter(([handle]) => handles.includes(handle)));
    },
    /** What is worth telling now: one entry or none, without logs that are known. */
    news: (handle: string, now: WorkloadFigures): WorkloadFigures[] => {
      const before = told.get(handle);
      if (!isWorkloadNoticeable(before, now)) return [];
      told.set(handle, now);
      if (before?.logs !== now.logs) return [now];
      const { logs: _, ...rest } = now;
      return [rest];
    },
  };
}
