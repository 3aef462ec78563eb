import type { Db } from "mongodb";
import type { ClusterCredential, ClusterCredentials } from "../ports/cluster-credentials.ts";
import { type ClusterCredentialDocument, collectionsOf } from "./documents.ts";

export function createClusterCredentialStore(db: () => Db): ClusterCredentials {
  const credentials = () => collectionsOf(db()).clusterCredentials;
  return {
    list: async () => (await credentials().find({}).toArray()).map(fromDocument),
    find: async (name) => unlessMissing(await credentials().findOne({ _id: name })),
    findByToken: async (tokenHash) =>
      unlessMissing(await credentials().findOne({ token_hash: tokenHash })),
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

function unlessMissing(document: ClusterCredentialDocument | null) {
  return document === null ? undefined : fromDocument(document);
}

function fromDocument(document: ClusterCredentialDocument): ClusterCredential {
  const { _id: name, cluster_id: clusterId, token_hash: tokenHash, session } = document;
  return { name, clusterId, tokenHash, session };
}
