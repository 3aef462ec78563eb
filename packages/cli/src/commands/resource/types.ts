import { type Doc, docAt, docFrom, idAt, textAt, timeAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { customResources, givenFile } from "./given-file.ts";

const columns: readonly Column<Doc>[] = [
  { title: "TYPE", of: typeNameOf },
  { title: "FIELDS", of: fieldsOf },
  { title: "CREATED", of: (item) => timeAt(item, "created_at") },
  { title: "ID", isWide: true, of: (item) => idAt(item) },
];

export async function listTypes(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  await context.out.list(await api.list(customResources, { limit }), {
    columns,
    nameOf: typeNameOf,
    ifEmpty: "no types: `oak resource define` makes one",
  });
  return exitCodes.fine;
}

export async function defineType(input: CommandInput, context: CommandContext): Promise<number> {
  const [type = ""] = argumentsOf(input, { required: ["TYPE"] });
  const schema = await givenFile(input, context);
  const api = await context.api();
  const body = { resource_type: type, schema };
  const answer = docFrom(await api.call("POST", customResources, { body }), "the type");
  await context.out.done(`made the type ${type}`, answer);
  return exitCodes.fine;
}

export async function undefineType(input: CommandInput, context: CommandContext): Promise<number> {
  const [type = ""] = argumentsOf(input, { required: ["TYPE"] });
  const question = `Remove the type ${type} with all its resources?`;
  if (!(await isConfirmed(question, input, context))) return exitCodes.fine;
  const api = await context.api();
  const answer = await api.call("DELETE", apiPath`/api/custom-resources/${type}`);
  await context.out.done(`removed ${type}`, answer);
  return exitCodes.fine;
}

function typeNameOf(type: Doc): string {
  return textAt(type, "resource_type") ?? "";
}

function fieldsOf(type: Doc): string {
  return Object.keys(docAt(docAt(type, "schema") ?? {}, "properties") ?? {}).join(", ");
}
