import type { CommandContext, CommandInput } from "../../command.ts";
import { readDocument } from "../../document.ts";
import { UsageError } from "../../errors.ts";
import { argumentsOf, textOf } from "../../input.ts";

/** The document of `-f`, which is needed. @throws UsageError, CliError */
export async function givenDocument(
  input: CommandInput,
  { io }: Pick<CommandContext, "io">,
): Promise<unknown> {
  argumentsOf(input, {});
  const file = textOf(input, "file");
  if (file === undefined) throw new UsageError("-f FILE is missing; -f - reads standard input");
  return readDocument(file, io);
}
