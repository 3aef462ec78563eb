import { UsageError } from "./errors.ts";
import { nearEnough } from "./frame/find-command.ts";

/** upstream: these four. */
export const roles = [
  "Admin",
  "Organization_Admin",
  "Application_Provider",
  "Infrastructure_Provider",
] as const;

/** Roles by their names, written in any case and with `-` as well. @throws UsageError */
export function rolesFrom(words: readonly string[]): string[] {
  const found = words.map((word) => {
    const name = plain(word);
    const role = roles.find((one) => plain(one) === name);
    if (role !== undefined) return role;
    const meant = nearEnough(name, roles.map(plain));
    const tail =
      meant === undefined
        ? `there are ${roles.join(", ")}`
        : `did you mean ${roles.find((one) => plain(one) === meant)}?`;
    throw new UsageError(`${JSON.stringify(word)} is no role; ${tail}`);
  });
  return [...new Set<string>(found)];
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}
