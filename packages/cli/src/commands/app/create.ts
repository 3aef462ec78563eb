import { existsSync } from "node:fs";
import { type Doc, docFrom, docsAt, docsFrom, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import type { CommandContext, CommandInput, CommandIo } from "../../command.ts";
import { readDocument } from "../../document.ts";
import { UsageError } from "../../errors.ts";
import { examples } from "../../examples/examples.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countFrom, hasFlag, textOf } from "../../input.ts";
import { waitOf } from "../../wait.ts";
import { deployService } from "../service/deploy-service.ts";
import { untilRunning } from "../service/until.ts";
import { exampleNamed } from "./sla.ts";

export async function createApplications(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word] = argumentsOf(input, { optional: ["SLA"] });
  const limitMs = waitOf(input);
  const file = textOf(input, "file");
  const named = word ?? textOf(input, "sla-file-name");
  if (file !== undefined && named !== undefined)
    throw new UsageError("SLA and -f exclude each other");
  const sla = await slaFor(file, named, context.io);
  const api = await context.api();
  if (hasFlag(input, "dry-run")) {
    const query = { dryRun: true };
    const answer = await api.call("POST", "/api/application", { body: sla, query });
    await context.out.done("the root would accept it", answer);
    return exitCodes.fine;
  }
  const answer = docsFrom(await api.call("POST", "/api/application", { body: sla }), "the SLA");
  const created = answer.filter(isOf(sla));
  const services = created.flatMap((one) => textsAt(one, "microservices"));
  if (hasFlag(input, "deploy")) await deployAll(services, api, context);
  if (limitMs !== undefined) await untilRunning(services, limitMs, { ...context, client: api });
  await tell(created, context);
  return exitCodes.fine;
}

async function slaFor(
  file: string | undefined,
  named: string | undefined,
  io: CommandIo,
): Promise<unknown> {
  if (file !== undefined) return readDocument(file, io);
  if (named === undefined) return askWhich(io);
  const isFile = named === "-" || named.includes("/") || existsSync(named);
  return isFile ? readDocument(named, io) : exampleNamed(named).sla;
}

async function askWhich(io: CommandIo): Promise<unknown> {
  if (!io.canAsk) throw new UsageError("an SLA is missing: -f FILE, or a name of `oak app sla`");
  for (const [at, { name, summary }] of examples.entries()) {
    io.err(`${at + 1}  ${name}: ${summary}\n`);
  }
  const text = (await io.ask(`Which one, 1 to ${examples.length}? `)).trim();
  const number = countFrom("the answer", text, { min: 1, max: examples.length });
  return examples[number - 1]?.sla;
}

/** upstream: the answer lists all applications of the user. */
function isOf(sla: unknown): (application: Doc) => boolean {
  const wanted = docsAt(docFrom(sla, "the SLA"), "applications").map(keyOf);
  return (application) => wanted.includes(keyOf(application));
}

function keyOf(application: Doc): string {
  const { application_name, application_namespace } = application;
  return JSON.stringify([application_name, application_namespace]);
}

/** What has instances already, by `replicas` in the SLA, gets no further one. */
async function deployAll(
  services: readonly string[],
  api: Api,
  { out }: CommandContext,
): Promise<void> {
  for (const id of services) await deployService(api, id, { onlyIfNone: true, out });
}

async function tell(created: readonly Doc[], { out }: CommandContext): Promise<void> {
  if (out.isQuiet && !out.isForPrograms) {
    out.text(created.map((one) => `${idAt(one, "applicationID")}\n`).join(""));
    return;
  }
  const names = created.map((one) => {
    const name = `${textAt(one, "application_name")}.${textAt(one, "application_namespace")}`;
    const services = textsAt(one, "microservices").length;
    return `${name} (${services} ${services === 1 ? "service" : "services"}, ${idAt(one, "applicationID")})`;
  });
  await out.done(`created ${names.join(", ") || "nothing"}`, created);
}
