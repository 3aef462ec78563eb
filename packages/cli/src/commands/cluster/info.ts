import { type Doc, idAt, textAt, textsAt, timeAt } from "../../api/answers.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import type { Fields } from "../../output/output.ts";
import { findCluster } from "../../resolve/resolve.ts";
import { cpuOf, stateOf } from "./list.ts";

export async function showCluster(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const cluster = await findCluster(await context.api(), word);
  await context.out.show(cluster, () => fieldsOf(cluster));
  return exitCodes.fine;
}

function fieldsOf(cluster: Doc): Fields {
  return [
    ["cluster", textAt(cluster, "cluster_name", "candidate_name")],
    ["id", idAt(cluster)],
    ["status", stateOf(cluster)],
    ["address", textAt(cluster, "ip")],
    ["port", textAt(cluster, "port")],
    ["location", textAt(cluster, "cluster_location")],
    ["nodes", textAt(cluster, "active_nodes")],
    ["CPU cores", textAt(cluster, "total_cpu_cores")],
    ["CPU %", cpuOf(cluster)],
    ["memory MB", textAt(cluster, "memory_in_mb")],
    ["memory %", textAt(cluster, "memory_percent")],
    ["GPUs", textAt(cluster, "total_gpu_cores")],
    ["GPU memory MB", textAt(cluster, "vram")],
    ["GPU %", textAt(cluster, "gpu_percent")],
    ["GPU drivers", textsAt(cluster, "gpu_drivers").join(", ")],
    ["runs", textsAt(cluster, "virtualization").join(", ")],
    ["addons", textsAt(cluster, "supported_addons").join(", ")],
    ["CSI drivers", textsAt(cluster, "csi_drivers").join(", ")],
    ["last heard of", timeAt(cluster, "last_modified_timestamp")],
  ];
}
