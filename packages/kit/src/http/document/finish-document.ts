import { completeOperation } from "./complete-operation.ts";
import { mergeInputs } from "./merge-inputs.ts";
import { pruneComponents } from "./prune-components.ts";
import type { ApiDocument, Operation } from "./types.ts";

/** The collected document as people and generators read it: complete, without repetition, in a stable order. */
export function finishDocument<Full extends object>(collected: Full): Full {
  const document = collected as ApiDocument;
  const paths = mapSorted(document.paths ?? {}, (operations, path) =>
    mapSorted(operations, (operation: Operation, method) =>
      completeOperation(operation, { path, method, document }),
    ),
  );
  return mergeInputs(pruneComponents({ ...collected, paths }));
}

function mapSorted<Value, Result>(
  record: Record<string, Value>,
  change: (value: Value, key: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(
    Object.keys(record)
      .toSorted()
      .map((key) => [key, change(record[key] as Value, key)]),
  );
}
