import { execFile } from "node:child_process";
import { promisify } from "node:util";

const limits = { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 };

/**
 * All rules and sets of this network namespace, without elements and counters. All of them, because `nft` reads the elements of
 * a table that is asked for by name even if it doesn't print them: a second for 200,000, where this takes ten milliseconds.
 */
export async function listRuleset(): Promise<string> {
  const { stdout } = await promisify(execFile)("nft", ["-s", "-t", "list", "ruleset"], limits);
  return stdout;
}

/** What a listing says of the tables of that name: the lines from `table … {` to the brace that ends it. */
export function tablesIn(listing: string, name: string): string {
  const tables = listing.split(/^(?=table )/m);
  return tables.filter((text) => /^table \S+ (\S+) \{/.exec(text)?.[1] === name).join("");
}
