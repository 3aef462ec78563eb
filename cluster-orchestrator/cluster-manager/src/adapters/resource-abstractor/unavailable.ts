import { commonErrors, HttpError } from "@oak/kit";

/**
 * What a caller of ours is told when the resource abstractor is away or refuses: try again later. It is
 * a part of this tier, so a refusal of it is never the caller's fault.
 */
export async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    const reason = cause instanceof HttpError ? `refused (${cause.status})` : "is not reachable";
    throw commonErrors.unavailable({ detail: `The resource abstractor ${reason}`, cause });
  }
}
