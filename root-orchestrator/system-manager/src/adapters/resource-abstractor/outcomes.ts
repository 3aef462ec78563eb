import { HttpError } from "@oak/kit";
import type { Changed, Created } from "../../ports/applications.ts";

/** What is found, or undefined when the resource abstractor knows nothing of that id. */
export async function found<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

export async function created<T>(request: Promise<T>): Promise<Created<T>> {
  try {
    return { ok: true, value: await request };
  } catch (error) {
    if (error instanceof HttpError && error.code === "name_taken") {
      return { ok: false, reason: "name_taken" };
    }
    throw error;
  }
}

export async function changed<T>(request: Promise<T>): Promise<Changed<T>> {
  try {
    return { ok: true, value: await request };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.status === 404) return { ok: false, reason: "gone" };
    if (error.code === "version_conflict") return { ok: false, reason: "conflict" };
    if (error.code === "name_taken") return { ok: false, reason: "name_taken" };
    throw error;
  }
}
