import { type Doc, docFrom, idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import type { Column } from "../../output/table.ts";
import { givenFile } from "./given-file.ts";

export async function listResources(input: CommandInput, context: CommandContext): Promise<number> {
  const [type = ""] = argumentsOf(input, { required: ["TYPE"] });
  const limit = countOf(input, "limit", { min: 1, max: 1_000_000 });
  const api = await context.api();
  const found = await api.list(apiPath`/api/custom-resources/${type}`, { limit });
  await context.out.list(found, {
    columns: columnsFor(found),
    nameOf: (item) => idAt(item),
    ifEmpty: `no resources: \`oak resource create ${type} -f FILE\` makes one`,
  });
  return exitCodes.fine;
}

const mostColumns = 6;

/** What they are made of only their schema knows: the first fields that any of them has. */
function columnsFor(found: readonly Doc[]): Column<Doc>[] {
  const names = [...new Set(found.flatMap((one) => Object.keys(one)))].filter(
    (name) => name !== "_id",
  );
  const id: Column<Doc> = { title: "ID", of: (item) => idAt(item) };
  return [
    id,
    ...names.map((name, at) => ({
      title: name.toUpperCase(),
      of: (item: Doc) => textOfField(item[name]),
      ...(at >= mostColumns && { isWide: true as const }),
    })),
  ];
}

export async function inspectResource(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const { path } = targetOf(input);
  const api = await context.api();
  const found = docFrom(await api.call("GET", path), "the resource");
  await context.out.show(found, () =>
    Object.entries(found).map(([name, value]) => [name, textOfField(value)] as const),
  );
  return exitCodes.fine;
}

export async function createResource(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const [type = ""] = argumentsOf(input, { required: ["TYPE"] });
  const body = await givenFile(input, context);
  const api = await context.api();
  const path = apiPath`/api/custom-resources/${type}`;
  const made = docFrom(await api.call("POST", path, { body }), "the resource");
  await context.out.done(`made ${idAt(made)}`, made);
  return exitCodes.fine;
}

export async function updateResource(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const { path, id } = targetOf(input);
  const body = await givenFile(input, context);
  const api = await context.api();
  await context.out.done(`changed ${id}`, await api.call("PATCH", path, { body }));
  return exitCodes.fine;
}

export async function deleteResource(
  input: CommandInput,
  context: CommandContext,
): Promise<number> {
  const { path, id } = targetOf(input);
  if (!(await isConfirmed(`Delete ${id}?`, input, context))) return exitCodes.fine;
  const api = await context.api();
  await context.out.done(`deleted ${id}`, await api.call("DELETE", path));
  return exitCodes.fine;
}

function targetOf(input: CommandInput): { path: string; id: string } {
  const [type = "", id = ""] = argumentsOf(input, { required: ["TYPE", "ID"] });
  return { path: apiPath`/api/custom-resources/${type}/${id}`, id };
}

function textOfField(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
