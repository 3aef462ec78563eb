import { type AppError, isDuplicateKey } from "@oak/kit";
import { errors } from "../errors.ts";

/** `version_conflict` with the current `rev`, so that the caller can go on without another question. */
export function versionConflict(rev: number): AppError {
  return errors.version_conflict({ detail: `It is at rev ${rev}`, params: { rev } });
}

/** Runs a write and turns the refusal of a unique index into `refusal(field)`. */
export async function refusingDuplicates<T>(
  write: () => Promise<T>,
  refusal: (field: string) => AppError,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw refusal(duplicateField(error));
  }
}

/** The first field of the index that refused, from what the driver passes on. */
function duplicateField(error: unknown): string {
  const pattern: unknown = error instanceof Error ? Reflect.get(error, "keyPattern") : undefined;
  return typeof pattern === "object" && pattern !== null ? (Object.keys(pattern)[0] ?? "") : "";
}
