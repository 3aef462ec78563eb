import type { CommandContext, CommandInput } from "../../command.ts";
import { readDocument } from "../../document.ts";
import { UsageError } from "../../errors.ts";
import { textOf } from "../../input.ts";

export const customResources = "/api/custom-resources";

/** The document of `-f`, which is needed. @throws UsageError, CliError */
export async function givenFile(
  input: CommandInput,
  { io }: Pick<CommandContext, "io">,
): Promise<unknown> {
  const file = textOf(input, "file");
  if (file === undefined) throw new UsageError("-f FILE is missing; -f - reads standard input");
  return readDocument(file, io);
}
