import { z } from "zod";

/** 24 lower-case hex characters, as MongoDB prints an ObjectId. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{24}$/, "an id is 24 hex characters")
  .meta({ id: "Id", example: "65f0c0ffee65f0c0ffee65f0" });
export type Id = z.infer<typeof Id>;

export const InstanceNumber = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `<job id>/<instance number>`: names an instance across tiers. */
export const InstanceKey = z
  .string()
  .regex(/^[0-9a-f]{24}\/\d{1,16}$/, "an instance key is <job id>/<number>")
  .meta({ id: "InstanceKey" });
export type InstanceKey = z.infer<typeof InstanceKey>;

export function instanceKey(jobId: string, instanceNumber: number): InstanceKey {
  return `${jobId}/${instanceNumber}`;
}

/** Splits a key made by {@link instanceKey}; the caller has validated it. */
export function splitInstanceKey(key: InstanceKey): { jobId: string; instanceNumber: number } {
  const slash = key.indexOf("/");
  return { jobId: key.slice(0, slash), instanceNumber: Number(key.slice(slash + 1)) };
}
