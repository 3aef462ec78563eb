import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Command, CommandInput, OptionSpecs, OptionValues } from "../command.ts";
import { UsageError } from "../errors.ts";
import { nearEnough } from "./find-command.ts";
import { globalOptions, serverOptions } from "./global-options.ts";

/** All options that a command takes; its own go before those of all. */
export function optionsOf(command: Pick<Command, "options">): OptionSpecs {
  return { ...globalOptions, ...serverOptions, ...command.options };
}

/** @throws UsageError */
export function parseWords(words: readonly string[], specs: OptionSpecs): CommandInput {
  const config: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { short, value, isMultiple }] of Object.entries(specs)) {
    config[name] = {
      type: value === undefined ? "boolean" : "string",
      ...(short !== undefined && { short }),
      ...(isMultiple !== undefined && { multiple: isMultiple }),
    };
  }
  try {
    const { values, positionals } = parseArgs({
      args: withOptionalValues(words, specs),
      options: config,
      allowPositionals: true,
    });
    return { args: positionals, options: values as OptionValues };
  } catch (error) {
    throw new UsageError(messageOf(error, specs), { cause: error });
  }
}

/** For a command that hands its words on. */
export function passedOn(words: readonly string[]): CommandInput {
  const [first = ""] = words;
  if (first === "--help" || first === "-h")
    return { args: words.slice(1), options: { help: true } };
  if (first === "--dry-run") return { args: words.slice(1), options: { "dry-run": true } };
  return { args: words, options: {} };
}

/** The library knows options with a value and such without: `--wait` becomes `--wait=`. */
function withOptionalValues(words: readonly string[], specs: OptionSpecs): string[] {
  const end = words.indexOf("--");
  return words.map((word, at) => {
    const isOption = word.startsWith("--") && (end === -1 || at < end);
    return isOption && specs[word.slice(2)]?.isOptional === true ? `${word}=` : word;
  });
}

function messageOf(error: unknown, specs: OptionSpecs): string {
  // The first sentence names the fault; what follows is advice on its library.
  const [sentence = "unknown option"] = (error instanceof Error ? error.message : "").split(
    /\.\s|\n/,
  );
  const [, unknown] = /^Unknown option '--?([^']+)'/.exec(sentence) ?? [];
  if (unknown === undefined) return sentence;
  const meant = nearEnough(unknown, Object.keys(specs));
  return meant === undefined ? sentence : `${sentence}; did you mean --${meant}?`;
}
