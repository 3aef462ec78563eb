import type { Ports } from "@oak/all-in-one";

/** Ports of an all-in-one that is not told otherwise. Loaded on use: with it comes the whole system. */
export async function loadDefaultPorts(): Promise<Ports & Record<string, number>> {
  const { DEFAULT_PORTS } = await import("@oak/all-in-one");
  return { ...DEFAULT_PORTS };
}
