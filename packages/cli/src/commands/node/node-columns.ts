import { type Doc, idAt, numberAt, textAt, textsAt, timeAt } from "../../api/answers.ts";
import type { Colour } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";

export const nodeColumns: readonly Column<Doc>[] = [
  { title: "NAME", of: nodeNameOf },
  { title: "CLUSTER", of: (item) => textAt(item, "cluster_name", "cluster_id") },
  { title: "STATUS", of: stateOf, colour: colourOfState },
  { title: "INSTANCES", isRight: true, of: (item) => textAt(item, "instances") },
  { title: "CORES", isRight: true, of: (item) => textAt(item, "vcpus") },
  { title: "CPU %", isRight: true, of: (item) => percentAt(item, "cpu_percent") },
  { title: "MEMORY MB", isRight: true, of: (item) => textAt(item, "memory") },
  { title: "MEMORY %", isRight: true, of: (item) => percentAt(item, "memory_percent") },
  { title: "ARCH", of: (item) => textAt(item, "architecture") },
  { title: "ADDRESS", isWide: true, of: (item) => textAt(item, "ip") },
  { title: "RUNS", isWide: true, of: (item) => textsAt(item, "virtualization").join(",") },
  { title: "GPUS", isWide: true, isRight: true, of: (item) => textAt(item, "vgpus") },
  { title: "LAST SEEN", isWide: true, of: (item) => timeAt(item, "last_seen") },
  { title: "ID", isWide: true, of: (item) => idAt(item) },
];

export function nodeNameOf(node: Doc): string {
  return textAt(node, "name") ?? "";
}

/** `alive`, with what keeps new instances away, and with the doubt about old news. */
export function stateOf(node: Doc): string {
  const liveness = textAt(node, "liveness") ?? "unknown";
  const marks = [
    ...(node["schedulable"] === false ? ["cordoned"] : []),
    ...(node["stale"] === true ? ["old news"] : []),
  ];
  return marks.length === 0 ? liveness : `${liveness}, ${marks.join(", ")}`;
}

export function colourOfState(state: string): Colour | undefined {
  if (state === "alive") return "green";
  return state.startsWith("alive") ? "yellow" : "red";
}

/** With one decimal place. */
export function percentAt(item: Doc, name: string): string | undefined {
  const value = numberAt(item, name);
  return value === undefined ? undefined : value.toFixed(1);
}
