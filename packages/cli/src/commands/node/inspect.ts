import {
  type Doc,
  docAt,
  docFrom,
  docsAt,
  idAt,
  textAt,
  textsAt,
  timeAt,
} from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import type { Fields } from "../../output/output.ts";
import { colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";
import { findNode } from "../../resolve/resolve.ts";
import { nodeNameOf, percentAt, stateOf } from "./node-columns.ts";

const workloadColumns: readonly Column<Doc>[] = [
  { title: "SERVICE", of: (one) => textAt(one, "service_name", "service_id") },
  { title: "INSTANCE", isRight: true, of: (one) => textAt(one, "instance_number") },
  { title: "STATUS", of: (one) => textAt(one, "status"), colour: colourOfStatus },
  { title: "CPU %", isRight: true, of: (one) => textAt(one, "cpu_percent") },
  { title: "MEMORY %", isRight: true, of: (one) => textAt(one, "memory_percent") },
  { title: "RESTARTS", isRight: true, isWide: true, of: (one) => textAt(one, "restarts") },
  { title: "IMAGE", of: (one) => textAt(one, "image") },
  { title: "DETAIL", isWide: true, of: (one) => textAt(one, "status_detail") },
];

export async function inspectNode(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const api = await context.api();
  const id = idAt(await findNode(api, word));
  const node = docFrom(await api.call("GET", apiPath`/api/nodes/${id}`), "the node");
  const { out } = context;
  await out.show(node, () => fieldsOf(node));
  if (out.isForPrograms) return exitCodes.fine;
  out.text("\n");
  await out.list(docsAt(node, "workloads"), {
    columns: workloadColumns,
    nameOf: (one) => `${textAt(one, "service_name")}.${textAt(one, "instance_number")}`,
    ifEmpty: "nothing runs there",
  });
  return exitCodes.fine;
}

function fieldsOf(node: Doc): Fields {
  const versions = Object.entries(docAt(node, "versions") ?? {});
  const drivers = [...textsAt(node, "csi_drivers"), ...textsAt(node, "gpu_drivers")];
  return [
    ["node", nodeNameOf(node)],
    ["id", idAt(node)],
    ["cluster", textAt(node, "cluster_name", "cluster_id")],
    ["state", stateOf(node)],
    ["address", textAt(node, "ip")],
    ["system", [textAt(node, "os"), textAt(node, "architecture")].filter(Boolean).join(", ")],
    ["runs", textsAt(node, "virtualization").join(", ")],
    ["addons", textsAt(node, "supported_addons").join(", ")],
    ["drivers", drivers.join(", ")],
    ["cores", textAt(node, "vcpus")],
    ["CPU %", percentAt(node, "cpu_percent")],
    ["memory MB", textAt(node, "memory")],
    ["memory %", percentAt(node, "memory_percent")],
    ["GPUs", textAt(node, "vgpus")],
    ["free disk MB", textAt(node, "disk")],
    ["versions", versions.map(([name, version]) => `${name} ${String(version)}`).join(", ")],
    ["joined", timeAt(node, "joined_at")],
    ["last seen", timeAt(node, "last_seen")],
  ];
}
