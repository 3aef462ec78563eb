import { randomBytes } from "node:crypto";
import type { TierIdentity } from "@oak/contracts";
import { commonErrors } from "@oak/kit";
import type { TierStore } from "../ports.ts";
import type { GetCollections, TierDocument } from "./collections.ts";

/** The one document of collection `tier`. */
export const tierId = "tier";

/** By how much a renewal lifts every counter: more than a lost tail of a database can have counted. */
const renewalStep = 1_000_000;

/** 128 random bits: names one life of a database. */
export function newIncarnation(): string {
  return randomBytes(16).toString("hex");
}

export function createTierStore(collections: GetCollections): TierStore {
  const current = async (): Promise<TierIdentity> => {
    const document = await collections().tier.findOne({ _id: tierId });
    // The document is made before the service is ready; without it there is no identity to speak with.
    if (document === null) throw commonErrors.unavailable("The identity of the tier is missing");
    return identityOf(document);
  };
  return {
    current,
    renew: async (incarnation) => {
      const renewed = await collections().tier.findOneAndUpdate(
        { _id: tierId, incarnation },
        { $set: { incarnation: newIncarnation() }, $inc: { base: renewalStep } },
        { returnDocument: "after" },
      );
      return renewed === null ? current() : identityOf(renewed);
    },
  };
}

function identityOf({ incarnation, base }: TierDocument): TierIdentity {
  return { incarnation, base };
}
