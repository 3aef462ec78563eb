import { type Doc, docAt, docFrom, docsAt, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag } from "../../input.ts";
import { colourOfStatus } from "../../output/paint.ts";
import type { Column } from "../../output/table.ts";
import { findInstance, findService } from "../../resolve/resolve.ts";
import { printExplanation } from "./print-explanation.ts";

const columns: readonly Column<Doc>[] = [
  { title: "INSTANCE", isRight: true, of: (one) => textAt(one, "instance_number") },
  { title: "STATUS", of: (one) => textAt(one, "status"), colour: colourOfStatus },
  { title: "CLUSTER", of: (one) => textAt(docAt(one, "cluster") ?? {}, "name") },
  { title: "NODE", of: (one) => textAt(docAt(one, "node") ?? {}, "name") },
  { title: "WHY", of: (one) => textAt(one, "sentence") },
];

export async function explainService(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [word = "", number] = argumentsOf(input, { required: ["ID|NAME"], optional: ["N"] });
  const isNext = hasFlag(input, "next");
  if (isNext && number !== undefined) throw new UsageError("N and --next exclude each other");
  const api = await context.api();
  const service = await findService(api, word);
  const id = idAt(service, "microserviceID");
  const instances = docsAt(service, "instance_list");
  if (number === undefined && !isNext && instances.length > 1) {
    await explainEach(id, instances, context);
    return exitCodes.fine;
  }
  const isFirst = number === undefined && instances.length === 0;
  const instance = isNext || isFirst ? undefined : findInstance(service, number);
  await printExplanation(await explanationOf(api, id, instance), context);
  return exitCodes.fine;
}

async function explainEach(
  id: string,
  instances: readonly Doc[],
  context: CommandContext,
): Promise<void> {
  const api = await context.api();
  const all: Doc[] = [];
  for (const instance of instances) all.push(await explanationOf(api, id, instance));
  const nameOf = (one: Doc): string => textAt(one, "instance_number") ?? "";
  await context.out.list(all, { columns, nameOf });
}

async function explanationOf(api: Api, id: string, instance: Doc | undefined): Promise<Doc> {
  const number = instance && textAt(instance, "instance_number");
  const path =
    number === undefined
      ? apiPath`/api/service/${id}/explain`
      : apiPath`/api/service/${id}/instance/${number}/explain`;
  return docFrom(await api.call("GET", path), "the explanation");
}
