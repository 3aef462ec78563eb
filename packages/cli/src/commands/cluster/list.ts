import { type Doc, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag } from "../../input.ts";
import { drawLive } from "../../output/live.ts";
import { colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";
import { withVerbosity } from "../../output/verbosity.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: (item) => textAt(item, "cluster_name", "candidate_name") },
  { title: "STATUS", of: stateOf, colour: colourOfStatus },
  { title: "NODES", isRight: true, of: (item) => textAt(item, "active_nodes") },
  { title: "CORES", isRight: true, of: (item) => textAt(item, "total_cpu_cores") },
  { title: "MEMORY MB", isRight: true, of: (item) => textAt(item, "memory_in_mb") },
  { title: "LOCATION", of: (item) => textAt(item, "cluster_location") },
  { title: "ID", of: (item) => idAt(item) },
  { title: "GPUS", isWide: true, isRight: true, of: (item) => textAt(item, "total_gpu_cores") },
  { title: "CPU %", isWide: true, isRight: true, of: cpuOf },
  { title: "ADDRESS", isWide: true, of: (item) => textAt(item, "ip") },
  { title: "RUNS", isWide: true, of: (item) => textsAt(item, "virtualization").join(",") },
];

export async function listClusters(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const isWide = withVerbosity(input, context.out);
  const path = hasFlag(input, "all") ? "/api/clusters/" : "/api/clusters/active";
  const api = await context.api();
  const draw = async (): Promise<void> =>
    context.out.list(await api.list(path, { limit }), {
      columns,
      isWide,
      nameOf: (item) => textAt(item, "cluster_name", "candidate_name") ?? "",
      ifEmpty: hasFlag(input, "all")
        ? "no clusters yet: scripts/start-cluster.sh starts one"
        : "no cluster is active; `oak cluster ls -a` lists those that are away, too",
    });
  if (hasFlag(input, "live")) return drawLive(context, draw);
  await draw();
  return exitCodes.fine;
}

export function stateOf(item: Doc): string {
  return item["active"] === false ? "away" : "active";
}

export function cpuOf(item: Doc): string | undefined {
  return textAt(item, "cpu_percent", "aggregated_cpu_percent");
}
