import { errors } from "../errors.ts";

/** The version of a document as `ETag` carries it. */
export function entityTag(rev: number): string {
  return `"${rev}"`;
}

/**
 * Refuses a write that was meant for another version than `rev`. Without a condition everything is meant.
 * @param condition header `If-Match`: tags, separated by commas, or `*`
 * @throws AppError precondition_failed
 */
export function assertMatch(condition: string | undefined, rev: number): void {
  if (condition === undefined || condition.trim() === "*") return;
  const tags = condition.split(",").map((tag) => tag.trim());
  if (tags.includes(entityTag(rev))) return;
  throw errors.precondition_failed({
    detail: `It was changed meanwhile: it is at version ${entityTag(rev)}, not ${condition.trim()}`,
    params: { rev },
  });
}
