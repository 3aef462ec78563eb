import { type Doc, docsAt, numberAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { type Colour, colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";
import { listServices } from "../../resolve/own-lists.ts";
import { serviceNameOf } from "../../resolve/resolve.ts";
import { colourOfState, nodeNameOf, stateOf } from "../node/node-columns.ts";

/** One line of top. */
export interface Load {
  doc: Doc;
  name: string;
  /** percent */
  cpu: number | undefined;
  memory: number | undefined;
}

export interface LoadKind {
  read(api: Api): Promise<Load[]>;
  columns: readonly Column<Load>[];
}

const loadColumns: readonly Column<Load>[] = [
  { title: "CPU %", isRight: true, of: ({ cpu }) => cpu?.toFixed(1), colour: colourOfLoad },
  {
    title: "MEMORY %",
    isRight: true,
    of: ({ memory }) => memory?.toFixed(1),
    colour: colourOfLoad,
  },
];

const nodeKind: LoadKind = {
  read: async (api) =>
    (await api.list("/api/nodes")).map((doc) => ({ doc, name: nodeNameOf(doc), ...loadOf(doc) })),
  columns: [
    { title: "NODE", of: ({ name }) => name },
    { title: "CLUSTER", of: ({ doc }) => textAt(doc, "cluster_name") },
    { title: "STATUS", of: ({ doc }) => stateOf(doc), colour: colourOfState },
    ...loadColumns,
    { title: "CORES", isRight: true, of: ({ doc }) => textAt(doc, "vcpus") },
    { title: "MEMORY MB", isRight: true, of: ({ doc }) => textAt(doc, "memory") },
    { title: "INSTANCES", isRight: true, of: ({ doc }) => textAt(doc, "instances") },
  ],
};

const clusterKind: LoadKind = {
  read: async (api) =>
    (await api.list("/api/clusters/")).map((doc) => ({
      doc,
      name: textAt(doc, "cluster_name", "candidate_name") ?? "",
      ...loadOf(doc),
    })),
  columns: [
    { title: "CLUSTER", of: ({ name }) => name },
    {
      title: "STATUS",
      of: ({ doc }) => (doc["active"] === false ? "away" : "active"),
      colour: colourOfStatus,
    },
    ...loadColumns,
    { title: "CORES", isRight: true, of: ({ doc }) => textAt(doc, "total_cpu_cores") },
    { title: "MEMORY MB", isRight: true, of: ({ doc }) => textAt(doc, "memory_in_mb") },
    { title: "NODES", isRight: true, of: ({ doc }) => textAt(doc, "active_nodes") },
  ],
};

const serviceKind: LoadKind = {
  read: async (api) => (await listServices(api)).map(serviceLoad),
  columns: [
    { title: "SERVICE", of: ({ name }) => name },
    { title: "APPLICATION", of: ({ doc }) => textAt(doc, "application_name") },
    { title: "STATUS", of: ({ doc }) => textAt(doc, "status"), colour: colourOfStatus },
    ...loadColumns,
    { title: "INSTANCES", isRight: true, of: ({ doc }) => docsAt(doc, "instance_list").length },
  ],
};

export function loadKindNamed(name: string): LoadKind | undefined {
  const kinds = new Map([
    ["node", nodeKind],
    ["cluster", clusterKind],
    ["service", serviceKind],
  ]);
  return kinds.get(name);
}

function loadOf(doc: Doc): Pick<Load, "cpu" | "memory"> {
  return { cpu: numberAt(doc, "cpu_percent"), memory: numberAt(doc, "memory_percent") };
}

/** What all instances use together. */
function serviceLoad(doc: Doc): Load {
  const instances = docsAt(doc, "instance_list");
  const sum = (name: string): number | undefined => {
    const values = instances.flatMap((one) => numberAt(one, name) ?? []);
    return values.length === 0 ? undefined : values.reduce((total, one) => total + one, 0);
  };
  const name = serviceNameOf(doc);
  return { doc, name, cpu: sum("cpu_percent"), memory: sum("memory_percent") };
}

function colourOfLoad(text: string): Colour | undefined {
  const percent = Number(text);
  if (percent >= 90) return "red";
  return percent >= 70 ? "yellow" : undefined;
}
