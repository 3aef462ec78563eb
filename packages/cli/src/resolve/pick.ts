import { CliError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { nearEnough } from "../frame/find-command.ts";
import { oneLine } from "../output/harmless.ts";

/** One of the things that a word may mean. */
export interface Candidate<Item> {
  item: Item;
  id: string;
  /** Longest first: `app.ns.service.ns`, …, `service`. */
  names: readonly string[];
}

/**
 * What a word means: an id, or else a name that only one has.
 *
 * @param kind for messages, for example `service`
 * @throws CliError: not found, with what was probably meant; or several, with the names that tell them apart
 */
export function pick<Item>(
  kind: string,
  word: string,
  candidates: readonly Candidate<Item>[],
): Item {
  const byId = candidates.find(({ id }) => id === word);
  if (byId !== undefined) return byId.item;
  const named = candidates.filter(({ names }) => names.includes(word));
  const [only] = named;
  if (only !== undefined && named.length === 1) return only.item;
  if (named.length > 1) {
    throw new CliError(`${named.length} ${kind}s are called ${JSON.stringify(word)}`, {
      exitCode: exitCodes.wrongUse,
      advice: [
        "Say which one:",
        ...named.map(({ id, names }) => oneLine(`  ${names[0] ?? ""}  ${id}`)),
      ],
    });
  }
  throw notFound(
    kind,
    word,
    candidates.map(({ names }) => names),
  );
}

/** @param there what there is, each by its name, or by its names, longest first */
export function notFound(
  kind: string,
  word: string,
  there: readonly (string | readonly string[])[],
): CliError {
  const meant = nearEnough(word, [...new Set(there.flat())]);
  const shortest = [...new Set(there.map((one) => [one].flat().at(-1) ?? ""))];
  const shown = shortest.slice(0, 10).map(oneLine).join(", ");
  const more = shortest.length > 10 ? ", …" : "";
  const all = shown === "" ? `there is no ${kind} at all` : `there are: ${shown}${more}`;
  return new CliError(`there is no ${kind} ${JSON.stringify(word)}`, {
    exitCode: exitCodes.notFound,
    advice: [meant === undefined ? all : `did you mean ${oneLine(meant)}?`],
  });
}
