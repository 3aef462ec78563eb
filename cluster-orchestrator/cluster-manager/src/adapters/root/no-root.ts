import type { RootLink } from "../../use-cases/root-registration.ts";

/** A cluster that was given no root: its workers join, and nothing is placed. */
export function createNoRoot(): RootLink {
  const refuse = (): Promise<never> => Promise.reject(new Error("This cluster has no root"));
  return { register: refuse, wanted: refuse, report: refuse };
}
