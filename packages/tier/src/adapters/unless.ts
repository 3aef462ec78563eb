import { HttpError } from "@oak/kit";

/** The value in place of an error with this status; anything else goes on. */
export function unless<T>(error: unknown, status: number, value: T): T {
  if (error instanceof HttpError && error.status === status) return value;
  throw error;
}
