import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { addAllInOne, createTinyImage, type TestBed } from "@oak/testkit";
import type Docker from "dockerode";
import { z } from "zod";
import { loadDefaultPorts } from "../default-ports.ts";
import { createPublicApi, type PublicApi } from "./public-api.ts";

/** A system of its own with one service that has no instance yet. */
export interface TestSystem {
  api: PublicApi;
  serviceId: string;
  /** of the resource abstractor of each tier, with the secret that it asks for */
  abstractors: Record<"root" | "cluster", { url: string; tierSecret: string }>;
  /** From spawn to ready, milliseconds. */
  startMs: number;
}

const Secrets = z.object({ rootTier: z.string(), clusterTier: z.string() });

/** Starts an all-in-one with an image and an application; everything ends with the bed. */
export async function startTestSystem(bed: TestBed, docker: Docker): Promise<TestSystem> {
  const image = await createTinyImage({ docker });
  bed.onClose(image.remove);
  const ports = await loadDefaultPorts();
  const system = await addAllInOne(bed, { ports });
  const startedMs = performance.now();
  await system.process.start();
  const startMs = performance.now() - startedMs;
  const api = createPublicApi(system.url);
  await api.logIn();
  const { serviceId } = await api.createApplication(anSla(image.name));
  // In order first: the bed only kills, and then removes what is left.
  bed.onClose(async () => {
    api.close();
    await system.process.stop();
  });
  const secrets = Secrets.parse(
    JSON.parse(await readFile(join(system.dataDir, "secrets.json"), "utf8")),
  );
  const urlOf = (port: number): string => `http://127.0.0.1:${port + system.portOffset}`;
  return {
    api,
    serviceId,
    abstractors: {
      root: { url: urlOf(ports.rootAbstractor), tierSecret: secrets.rootTier },
      cluster: { url: urlOf(ports.clusterAbstractor), tierSecret: secrets.clusterTier },
    },
    startMs,
  };
}

/** A service with every kind of setting that costs Docker something: limits, a published port, environment. */
function anSla(image: string): unknown {
  return {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        application_name: "bench",
        application_namespace: "bench",
        application_desc: "What the deploy bench deploys",
        microservices: [
          {
            microservice_name: "sleeper",
            microservice_namespace: "bench",
            virtualization: "container",
            code: image,
            vcpus: 1,
            memory: 64,
            port: "0:8080",
            environment: ["GREETING=hello"],
          },
        ],
      },
    ],
  };
}
