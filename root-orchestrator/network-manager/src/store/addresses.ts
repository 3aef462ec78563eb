import { isDuplicateKey } from "@oak/kit";
import type { Filter, UpdateFilter } from "mongodb";
import type { AddressRecord, AddressStore, Grant, InsertOutcome } from "../ports.ts";
import type { AddressDocument, GetCollections } from "./documents.ts";

/** Collections `addresses` and `pools`. */
export function createAddressStore(collections: GetCollections): AddressStore {
  const addresses = () => collections().addresses;
  const list = async (filter: Filter<AddressDocument>): Promise<AddressRecord[]> =>
    (await addresses().find(filter).toArray()).map(recordOf);
  const found = (document: AddressDocument | null): AddressRecord | undefined =>
    document === null ? undefined : recordOf(document);

  return {
    find: async (address) => found(await addresses().findOne({ _id: address })),
    heldBy: async (holder) => found(await addresses().findOne({ holder })),
    heldByEach: async (holders) => {
      const records = await list({ holder: { $in: [...holders] } });
      const byHolder = new Map(records.map((record) => [record.holder, record]));
      return holders.map((holder) => byHolder.get(holder));
    },
    ofJobs: (jobIds) => list({ job_id: { $in: [...jobIds] } }),
    hasAny: async (jobId) =>
      (await addresses().findOne({ job_id: jobId }, { projection: { _id: 1 } })) !== null,
    ofCluster: (clusterId) => list({ cluster_id: clusterId }),
    jobIds: async () => {
      const documents = await addresses()
        .find({ job_id: { $exists: true } }, { projection: { job_id: 1 } })
        .toArray();
      return [...new Set(documents.flatMap(({ job_id: id }) => id ?? []))];
    },
    insert: async (address, pool, grant) => {
      try {
        await addresses().insertOne({ _id: address, pool, ...grant });
        return "stored";
      } catch (error) {
        return duplicate(error);
      }
    },
    insertEach: async (pool, granted) => {
      const documents = granted.map(({ address, grant }) => ({ _id: address, pool, ...grant }));
      try {
        await addresses().insertMany(documents, { ordered: false });
        return granted.map(() => "stored");
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Which of its keys refused a document of many is not told.
        const holders = granted.map(({ grant }) => grant.holder);
        const held = await list({ holder: { $in: holders } });
        const byHolder = new Map(held.map(({ holder, address }) => [holder, address]));
        return granted.map(({ address, grant }) => {
          const own = byHolder.get(grant.holder);
          if (own === undefined) return "taken";
          return own === address ? "stored" : "held";
        });
      }
    },
    claim: async (address, grant) => {
      try {
        const free = { _id: address, freed_at: { $exists: true } };
        const { matchedCount } = await addresses().updateOne(free, grantUpdate(grant));
        return matchedCount === 1 ? "stored" : "taken";
      } catch (error) {
        return duplicate(error);
      }
    },
    release: async (address, holder, freedAt) => {
      const { matchedCount } = await addresses().updateOne(
        { _id: address, holder },
        { $set: { freed_at: freedAt }, $unset: { holder: "", job_id: "", cluster_id: "" } },
      );
      return matchedCount === 1;
    },
    forget: async (address) => {
      await addresses().deleteOne({ _id: address, freed_at: { $exists: true } });
    },
    recycle: async (address) => {
      const free = { _id: address, freed_at: { $exists: true } };
      await addresses().updateOne(free, { $set: { chosen: false } });
    },
    restedChoices: async (pool, freedBefore) =>
      (await list({ pool, chosen: true, freed_at: { $lte: freedBefore } })).map(addressOf),
    rested: async (pool, freedBefore, limit) => {
      const filter = { pool, chosen: false, freed_at: { $lte: freedBefore } };
      const documents = await addresses().find(filter).sort({ freed_at: 1 }).limit(limit).toArray();
      return documents.map(({ _id }) => _id);
    },
    chosen: async (pool) => (await list({ pool, chosen: true })).map(addressOf),
    ...poolStore(collections),
  };
}

function poolStore(collections: GetCollections): Pick<AddressStore, "next" | "advance"> {
  const pools = () => collections().pools;
  return {
    next: async (pool) => (await pools().findOne({ _id: pool }))?.next,
    advance: async (pool, from, to) => {
      if (from !== undefined) {
        const here = { _id: pool, next: from };
        const { matchedCount } = await pools().updateOne(here, { $set: { next: to } });
        return matchedCount === 1;
      }
      try {
        await pools().insertOne({ _id: pool, next: to });
        return true;
      } catch (error) {
        // Somebody else gave the first address; the pool stands where they left it.
        if (!isDuplicateKey(error)) throw error;
        return false;
      }
    },
  };
}

function grantUpdate(grant: Grant): UpdateFilter<AddressDocument> {
  return { $set: grant, $unset: { freed_at: "" } };
}

/** Which of the two unique keys refused; other errors are thrown on. */
function duplicate(error: unknown): Exclude<InsertOutcome, "stored"> {
  if (!isDuplicateKey(error)) throw error;
  const pattern: unknown = error instanceof Error ? Reflect.get(error, "keyPattern") : undefined;
  const isId = typeof pattern === "object" && pattern !== null && "_id" in pattern;
  return isId ? "taken" : "held";
}

function addressOf({ address }: AddressRecord): string {
  return address;
}

function recordOf({ _id: address, ...rest }: AddressDocument): AddressRecord {
  return { address, ...rest };
}
