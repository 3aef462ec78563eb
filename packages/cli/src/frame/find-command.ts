import { editDistance, nearestName } from "@oak/kit/edit-distance";
import {
  type Command,
  type CommandGroup,
  type CommandNode,
  isGroup,
  type OptionSpecs,
} from "../command.ts";
import { globalOptions, serverOptions } from "./global-options.ts";

/** Where the words lead: to a command, or no further than a group. */
export interface Found {
  /** Names from the top to `node`, not as aliases. */
  path: readonly string[];
  node: CommandNode;
  /** Words that are not names of commands. */
  rest: readonly string[];
  /** The first word below a group that it does not know. */
  unknown?: string;
}

/** Follows names and aliases down. Options may stand anywhere between. */
export function findCommand(top: CommandGroup, words: readonly string[]): Found {
  const options: OptionSpecs = { ...globalOptions, ...serverOptions };
  const path: string[] = [];
  const rest: string[] = [];
  let node: CommandNode = top;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!isGroup(node) || word === "--") {
      return { path, node, rest: [...rest, ...words.slice(at)] };
    }
    if (word.startsWith("-")) {
      rest.push(word);
      const value = words[at + 1];
      if (takesNextWord(word, options) && value !== undefined) {
        rest.push(value);
        at += 1;
      }
      continue;
    }
    const below: CommandNode | undefined = childOf(node, word);
    if (below === undefined) return withoutChild(node, { path, rest, left: words.slice(at) });
    path.push(below.name);
    node = below;
  }
  return { path, node, rest };
}

interface Way {
  path: readonly string[];
  rest: readonly string[];
  /** Words that were not looked at, the unknown one first. */
  left: readonly string[];
}

function withoutChild(group: CommandGroup, { path, rest, left }: Way): Found {
  const { otherwise } = group;
  if (otherwise === undefined) return { path, node: group, rest, unknown: left[0] ?? "" };
  return { path, node: otherwise, rest: [...rest, ...left] };
}

/** What a group has under a name or an alias. */
export function childOf({ commands }: CommandGroup, word: string): CommandNode | undefined {
  return (
    commands.find(({ name }) => name === word) ??
    commands.find(({ aliases = [] }) => aliases.includes(word))
  );
}

/** The name that was probably meant; undefined when none is near. */
export function suggestionFor(word: string, { commands }: CommandGroup): string | undefined {
  const shown = commands.filter(({ isHidden }) => isHidden !== true);
  return nearEnough(
    word,
    shown.flatMap(({ name, aliases = [] }) => [name, ...aliases.filter((one) => one.length > 2)]),
  );
}

/** One of the names, if a slip of the fingers explains the difference. */
export function nearEnough(word: string, names: readonly string[]): string | undefined {
  const prefixed = names.filter((name) => word.length > 1 && name.startsWith(word));
  if (prefixed.length === 1) return prefixed[0];
  const nearest = nearestName(word, names);
  if (nearest === undefined) return undefined;
  const distance = editDistance(word, nearest);
  // Two letters in the wrong order are two differences.
  const most = word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return distance <= most && distance < word.length ? nearest : undefined;
}

/** Every command with its path, hidden ones too. */
export function allCommands(
  group: CommandGroup,
  path: readonly string[] = [],
): { path: readonly string[]; command: Command }[] {
  return group.commands.flatMap((node) =>
    isGroup(node)
      ? allCommands(node, [...path, node.name])
      : [{ path: [...path, node.name], command: node }],
  );
}

function takesNextWord(word: string, options: OptionSpecs): boolean {
  if (word.includes("=")) return false;
  const spec = word.startsWith("--")
    ? options[word.slice(2)]
    : Object.values(options).find(({ short }) => `-${short}` === word);
  return spec?.value !== undefined && spec.isOptional !== true;
}
