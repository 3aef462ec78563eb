import {
  type CommandGroup,
  type CommandIo,
  type CommandNode,
  type CompletionKind,
  isGroup,
  type OptionSpecs,
} from "../../command.ts";
import { childOf, findCommand } from "../../frame/find-command.ts";
import { globalOptions, serverOptions } from "../../frame/global-options.ts";
import { optionsOf } from "../../frame/parse-words.ts";

/** Answered in place of words where the shell's own names of files are wanted. */
export const fileMark = "__oak_files__";

/** What stands before the word that is being typed. */
export interface TypedLine {
  words: readonly string[];
  /** Those that are arguments of the command. */
  given: readonly string[];
}

/** What the last word, which is being typed, may become. Fails never: an empty answer is one. */
export async function candidatesFor(
  words: readonly string[],
  commands: readonly CommandNode[],
  io: CommandIo,
): Promise<string[]> {
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const top: CommandGroup = { name: "oak", summary: "", commands };
  const found = findCommand(top, before);
  if (found.unknown !== undefined) return [];
  const { node } = found;
  const specs = isGroup(node) ? { ...globalOptions, ...serverOptions } : optionsOf(node);
  const place = placeOf({ last, before, rest: found.rest, specs });
  if (place.kind === "value") {
    const { source, typed, prefix } = place;
    return offer(source, typed, { prefix, line: { words: before, given: [] }, io });
  }
  if (place.kind === "option") return startingWith(last, namesOf(specs));
  if (isGroup(node)) return startingWith(last, childNames(node));
  const { args = [] } = node;
  const source = args[Math.min(place.count, args.length - 1)];
  return offer(source, last, { prefix: "", line: { words: before, given: place.given }, io });
}

type Source = readonly string[] | CompletionKind;

type Place =
  | { kind: "value"; source: Source | undefined; typed: string; prefix: string }
  | { kind: "option" }
  | { kind: "argument"; count: number; given: readonly string[] };

interface Situation {
  last: string;
  before: readonly string[];
  /** Words of `before` that name no command. */
  rest: readonly string[];
  specs: OptionSpecs;
}

function placeOf({ last, before, rest, specs }: Situation): Place {
  const [, name = "", typed] = /^--([^=]+)=(.*)$/s.exec(last) ?? [];
  if (typed !== undefined) {
    return { kind: "value", source: specs[name]?.complete, typed, prefix: `--${name}=` };
  }
  const open = optionNamed(before.at(-1) ?? "", specs);
  if (open?.value !== undefined && open.isOptional !== true) {
    return { kind: "value", source: open.complete, typed: last, prefix: "" };
  }
  if (last.startsWith("-")) return { kind: "option" };
  const given = argumentsIn(rest, specs);
  return { kind: "argument", count: given.length, given };
}

function optionNamed(word: string, specs: OptionSpecs) {
  if (word.startsWith("--")) return specs[word.slice(2)];
  if (!/^-[^-]/.test(word)) return undefined;
  return Object.values(specs).find(({ short }) => short === word.at(-1));
}

/** Words that are neither options nor their values. */
function argumentsIn(rest: readonly string[], specs: OptionSpecs): string[] {
  return rest.filter((word, at) => {
    if (word.startsWith("-")) return false;
    const option = optionNamed(rest[at - 1] ?? "", specs);
    return option?.value === undefined || option.isOptional === true;
  });
}

interface Offer {
  /** Of the word, before what is completed. */
  prefix: string;
  line: TypedLine;
  io: CommandIo;
}

async function offer(
  source: Source | undefined,
  typed: string,
  { prefix, line, io }: Offer,
): Promise<string[]> {
  if (source === undefined) return [];
  if (source === "file") return [fileMark];
  const names =
    typeof source === "string"
      ? await (await import("./known-names.ts")).knownNames(source, line, io)
      : source;
  return startingWith(typed, names).map((name) => `${prefix}${name}`);
}

function namesOf(specs: OptionSpecs): string[] {
  return Object.entries(specs)
    .filter(([, { isHidden }]) => isHidden !== true)
    .map(([name]) => `--${name}`);
}

function childNames(group: CommandGroup): string[] {
  return group.commands
    .filter((one) => one.isHidden !== true && childOf(group, one.name) !== undefined)
    .map(({ name }) => name);
}

/** Names that a line of the answer cannot hold are left out. */
function startingWith(typed: string, names: readonly string[]): string[] {
  const fit = names.filter(
    (name) => name.startsWith(typed) && !/[\s\p{Cc}]/u.test(name) && name !== "",
  );
  return [...new Set(fit)].toSorted();
}
