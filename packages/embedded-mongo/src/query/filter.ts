import { Context } from "mingo/core";
import { Query } from "mingo/query";
import { type BsonDocument, isDocument, isNestedDeeperThan, maxNesting } from "../document.ts";
import { badValue, CommandError } from "../errors.ts";
import { queryOperators } from "./operators.ts";

export type Filter = (document: BsonDocument) => boolean;

type MingoOperators = NonNullable<Parameters<typeof Context.init>[0]>["query"];

/** mingo's type of this table is the intersection of its own operators, so ours is converted. */
const context = Context.init({
  query: { ...queryOperators } as unknown as MingoOperators & object,
});

/**
 * Compiles a query filter.
 *
 * @throws CommandError BadValue naming the operator that is unknown or has a wrong operand
 */
export function compileFilter(filter: BsonDocument): Filter {
  if (Object.keys(filter).length === 0) return () => true;
  if (isNestedDeeperThan(filter, maxNesting)) throw badValue("the filter is nested too deeply");
  refuseScripts(filter);
  try {
    const query = new Query(filter, { context, scriptEnabled: false });
    return (document) => query.test(document);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw badValue(`the filter is not supported: ${reason}`);
  }
}

const scriptOperators = new Set(["$where", "$function", "$accumulator"]);

/** JavaScript is refused wherever it stands, and before anything else looks at the filter. */
function refuseScripts(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) refuseScripts(item);
  } else if (isDocument(value)) {
    for (const [name, operand] of Object.entries(value)) {
      if (scriptOperators.has(name)) throw badValue(`${name} is not supported: no JavaScript`);
      refuseScripts(operand);
    }
  }
}
