import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { createEmbeddedMongo } from "../src/index.ts";
import { describeConformance } from "./conformance/suite.ts";

describeConformance("embedded-mongo", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "embedded-mongo-"));
  const server = createEmbeddedMongo({ dataDir });
  await server.start();
  const client = await MongoClient.connect(server.url);
  return {
    client,
    async close() {
      await client.close();
      await server.stop();
      await rm(dataDir, { recursive: true });
    },
  };
});

const realUrl = process.env["MONGO_URL"];
if (realUrl !== undefined && realUrl !== "") {
  describeConformance("the MongoDB at MONGO_URL", async () => {
    const client = await MongoClient.connect(realUrl);
    return { client, close: () => client.close() };
  });
}
