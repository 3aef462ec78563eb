import type { CommandContext, CommandInput } from "../../command.ts";
import { examples } from "../../examples/examples.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { notFound } from "../../resolve/pick.ts";

export async function showSla(input: CommandInput, { out }: CommandContext): Promise<number> {
  const [name] = argumentsOf(input, { optional: ["NAME"] });
  if (name === undefined) {
    await out.list(examples, {
      columns: [
        { title: "NAME", of: (one) => one.name },
        { title: "WHAT", of: (one) => one.summary },
      ],
      nameOf: (one) => one.name,
    });
    return exitCodes.fine;
  }
  await out.document(exampleNamed(name).sla);
  return exitCodes.fine;
}

/** @throws CliError */
export function exampleNamed(name: string) {
  const found = examples.find((one) => one.name === name.replace(/\.json$/, ""));
  if (found !== undefined) return found;
  throw notFound(
    "SLA",
    name,
    examples.map((one) => one.name),
  );
}
