import { type Doc, docsAt, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag, textOf } from "../../input.ts";
import { drawLive } from "../../output/live.ts";
import { colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";
import { withVerbosity } from "../../output/verbosity.ts";
import { listServices } from "../../resolve/own-lists.ts";
import { findApplication, serviceNameOf } from "../../resolve/resolve.ts";
import { printService } from "./print-service.ts";
import { isUp } from "./until.ts";

const columns: readonly Column<Doc>[] = [
  { title: "NAME", of: serviceNameOf },
  { title: "APPLICATION", of: (item) => textAt(item, "application_name", "app_name") },
  { title: "STATUS", of: (item) => textAt(item, "status"), colour: colourOfStatus },
  { title: "RUNNING", isRight: true, of: runningOf },
  { title: "ID", of: (item) => idAt(item, "microserviceID") },
  { title: "NAMESPACE", isWide: true, of: (item) => textAt(item, "microservice_namespace") },
  { title: "ADDRESS", isWide: true, of: (item) => textAt(item, "RR_ip") },
  { title: "PORT", isWide: true, of: (item) => textAt(item, "port") },
  { title: "VCPUS", isWide: true, isRight: true, of: (item) => textAt(item, "vcpus") },
  { title: "MEMORY", isWide: true, isRight: true, of: (item) => textAt(item, "memory") },
  { title: "CODE", isWide: true, of: (item) => textAt(item, "code", "image") },
];

export async function showServices(input: CommandInput, context: CommandContext): Promise<number> {
  const [word] = argumentsOf(input, { optional: ["APPLICATION"] });
  const given = [word, textOf(input, "app-id"), textOf(input, "app-name")].filter(Boolean);
  if (given.length > 1) throw new UsageError("one application at a time");
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const isWide = withVerbosity(input, context.out);
  const isExhaustive = textOf(input, "verbosity") === "exhaustive" && !context.out.isForPrograms;
  const api = await context.api();
  const path = await pathFor(given[0], api);
  const draw = async (): Promise<void> => {
    const services =
      path === undefined ? await listServices(api, { limit }) : await api.list(path, { limit });
    if (isExhaustive) {
      for (const service of services) await printService(service, context);
      return;
    }
    await context.out.list(services, {
      columns,
      isWide,
      nameOf: serviceNameOf,
      ifEmpty: "no services: `oak app create -f FILE` makes an application with some",
    });
  };
  if (hasFlag(input, "live")) return drawLive(context, draw);
  await draw();
  return exitCodes.fine;
}

/** Undefined for the services of all applications. */
async function pathFor(application: string | undefined, api: Api): Promise<string | undefined> {
  if (application === undefined) return undefined;
  const found = await findApplication(api, application);
  return apiPath`/api/services/${idAt(found, "applicationID")}`;
}

/** upstream: `n/m running` */
function runningOf(service: Doc): string {
  const instances = docsAt(service, "instance_list");
  return `${instances.filter(isUp).length}/${instances.length}`;
}
