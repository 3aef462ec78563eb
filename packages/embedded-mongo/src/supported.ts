import { commands } from "./commands/dispatch.ts";
import { queryOperators } from "./query/operators.ts";
import { updateOperators } from "./update/operators.ts";

/**
 * What the server understands, as data: read off the tables that it runs by, so the list cannot
 * be out of date. A test suite can compare what it records with it.
 */
export const supported = {
  commands: Object.keys(commands),
  queryOperators: Object.keys(queryOperators),
  updateOperators: Object.keys(updateOperators),
  /** Modifiers inside `$push` (both) and `$addToSet` (`$each`). */
  arrayModifiers: ["$each", "$slice"],
} as const;
