import type { Db } from "mongodb";
import type { ClusterCredential, ClusterCredentials } from "../ports/cluster-credentials.ts";
import { type ClusterCredentialDocument, collectionsOf } from "./documents.ts";

export function createClusterCredentialStore(db: () => Db): ClusterCredentials {
  const credentials = () => collectionsOf(db()).clusterCredentials;
  return {
    find: async (name) => fromDocument(await credentials().findOne({ _id: name })),
    findByToken: async (tokenHash) =>
      fromDocument(await credentials().findOne({ token_hash: tokenHash })),
    save: async ({ name, clusterId, tokenHash, session }) => {
      await credentials().updateOne(
        { _id: name },
        { $set: { cluster_id: clusterId, token_hash: tokenHash, session } },
        { upsert: true },
      );
    },
    removeOf: async (clusterId) => {
      await credentials().deleteMany({ cluster_id: clusterId });
    },
  };
}

function fromDocument(document: ClusterCredentialDocument | null): ClusterCredential | undefined {
  if (document === null) return undefined;
  const { _id: name, cluster_id: clusterId, token_hash: tokenHash, session } = document;
  return { name, clusterId, tokenHash, session };
}
