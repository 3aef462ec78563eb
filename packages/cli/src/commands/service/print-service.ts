import { type Doc, docsAt, idAt, numberAt, textAt } from "../../api/answers.ts";
import type { CommandContext } from "../../command.ts";
import type { Fields } from "../../output/output.ts";
import { colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";
import { serviceNameOf } from "../../resolve/resolve.ts";
import { knownPlaces, type Places } from "./places.ts";

type Printing = Pick<CommandContext, "out" | "api">;

/** One service with its instances, for a person. */
export async function printService(service: Doc, { out, api }: Printing): Promise<void> {
  await out.show(service, () => fieldsOfService(service));
  if (out.isForPrograms) return;
  const instances = docsAt(service, "instance_list");
  const places = await knownPlaces(await api());
  out.text("\n");
  await out.list(instances, {
    columns: columnsFor(places),
    nameOf: (one) => textAt(one, "instance_number") ?? "",
    ifEmpty: `no instances: \`oak service deploy ${serviceNameOf(service)}\` starts one`,
  });
}

/** One instance, and below it the last that it wrote. */
export async function printInstance(instance: Doc, { out, api }: Printing): Promise<void> {
  if (out.isForPrograms) return out.document(instance);
  const places = await knownPlaces(await api());
  await out.show(instance, () => fieldsOfInstance(instance, places));
  const logs = textAt(instance, "logs")?.trimEnd() ?? "";
  if (logs !== "" && !out.isQuiet) out.text(`\n${logs}\n`);
}

function columnsFor({ clusterOf, nodeOf }: Places): readonly Column<Doc>[] {
  return [
    { title: "INSTANCE", isRight: true, of: (one) => textAt(one, "instance_number") },
    { title: "STATUS", of: (one) => textAt(one, "status"), colour: colourOfStatus },
    { title: "CLUSTER", of: clusterOf },
    { title: "NODE", of: nodeOf },
    { title: "HOST", of: (one) => hostOf(one) },
    { title: "PORTS", of: (one) => textAt(one, "published_ports") },
    { title: "CPU %", isRight: true, of: (one) => textAt(one, "cpu_percent") },
    { title: "MEMORY", isRight: true, of: (one) => textAt(one, "memory_percent") },
    { title: "REVISION", isWide: true, isRight: true, of: (one) => textAt(one, "revision") },
    { title: "DETAIL", of: (one) => textAt(one, "status_detail") },
  ];
}

function fieldsOfInstance(one: Doc, { clusterOf, nodeOf }: Places): Fields {
  const disk = numberAt(one, "disk");
  return [
    ["instance", textAt(one, "instance_number")],
    ["status", textAt(one, "status")],
    ["detail", textAt(one, "status_detail")],
    ["cluster", clusterOf(one)],
    ["location", textAt(one, "cluster_location")],
    ["node", nodeOf(one)],
    ["host", hostOf(one)],
    ["ports", textAt(one, "published_ports")],
    ["CPU %", textAt(one, "cpu_percent")],
    ["memory", textAt(one, "memory_percent")],
    // upstream: bytes, as a text
    ["disk MB", disk === undefined ? undefined : Math.round(disk / 1024 / 1024)],
    ["revision", textAt(one, "revision")],
  ];
}

function fieldsOfService(service: Doc): Fields {
  return [
    ["service", serviceNameOf(service)],
    ["namespace", textAt(service, "microservice_namespace")],
    ["id", idAt(service, "microserviceID")],
    ["application", textAt(service, "application_name", "app_name")],
    ["status", textAt(service, "status")],
    ["detail", textAt(service, "status_detail")],
    ["code", textAt(service, "code", "image")],
    ["runs by", textAt(service, "virtualization")],
    ["vcpus", textAt(service, "vcpus")],
    ["memory MB", textAt(service, "memory")],
    ["port", textAt(service, "port")],
    ["address", textAt(service, "RR_ip")],
    ["instances", docsAt(service, "instance_list").length],
  ];
}

function hostOf(instance: Doc): string | undefined {
  const address = textAt(instance, "publicip", "host_ip");
  const port = numberAt(instance, "host_port");
  return address === undefined || port === undefined || port === 0 ? address : `${address}:${port}`;
}
