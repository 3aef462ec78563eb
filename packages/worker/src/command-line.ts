import { type ParseArgsConfig, parseArgs } from "node:util";
import { misused } from "./world.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Options and words of a command line.
 * @throws Refusal for an option that nobody knows
 */
export function readWords<Known extends Options>(
  args: readonly string[],
  options: Known,
): ReturnType<typeof parseArgs<{ options: Known; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    if (typeof code !== "string" || !code.startsWith("ERR_PARSE_ARGS")) throw error;
    throw misused(error instanceof Error ? `${error.message.split(". ")[0]}.` : String(error));
  }
}

/** @throws Refusal when something follows where nothing may */
export function expectNone(words: readonly string[]): void {
  if (words.length > 0) throw misused(`«${words.join(" ")}» is not understood there.`);
}

export function isHelp(word: string): boolean {
  return ["help", "--help", "-h"].includes(word);
}
