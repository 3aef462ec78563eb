import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createTinyImage, type TestBed } from "@oak/testkit";
import { expect, onTestFinished } from "vitest";
import { startAllInOneSystem } from "./all-in-one-system.ts";
import { anSla } from "./an-sla.ts";
import { copyDatabase, type DatabaseCopy } from "./database-copy.ts";
import { deploy, untilRunning } from "./deployment.ts";
import { eventually } from "./eventually.ts";
import { type Copy, lifeOf } from "./running-copies.ts";
import { startSeparateServices } from "./separate-services.ts";
import { aTestBed, type System } from "./system.ts";

/** A system whose database can be exchanged while the services that have it open are stopped. */
export interface Exchange {
  system: System;
  image: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The folder of the database, or of the databases of one tier. */
  database: string;
}

/** The one database of an all-in-one. */
export async function exchangeOfAll(): Promise<Exchange> {
  return anExchange(startAllInOneSystem, (system) => ({
    stop: async () => {
      await system.program.process.stop();
    },
    start: () => system.program.process.start(),
    database: join(system.program.dataDir, "database"),
  }));
}

const owners = {
  root: ["root-resource-abstractor", "system-manager"],
  cluster: ["cluster-resource-abstractor", "cluster-manager"],
} as const;
/** A cluster that has lost its identity gets its name back when the old one has been silent for so long. */
const env = { "system-manager": { CLUSTER_TIMEOUT_S: "3" } };

/** The databases of one tier; the other tier and the worker go on meanwhile. */
export async function exchangeOfTier(tier: "root" | "cluster"): Promise<Exchange> {
  const start = (bed: TestBed) => startSeparateServices(bed, { env });
  return anExchange(start, (system) => {
    const services = owners[tier].map((name) => system.service(name));
    return {
      stop: async () => {
        await Promise.all(services.map((service) => service.stop()));
      },
      start: async () => {
        await Promise.all(services.map((service) => service.start()));
      },
      database: system.dataDirs[tier],
    };
  });
}

async function anExchange<S extends System>(
  start: (bed: TestBed) => Promise<S>,
  partsOf: (system: S) => Omit<Exchange, "system" | "image">,
): Promise<Exchange> {
  const image = await createTinyImage();
  onTestFinished(() => image.remove());
  const system = await start(await aTestBed());
  return { system, image: image.name, ...partsOf(system) };
}

/** What was there when the old copy was put back. */
export interface LivedOn {
  copies: Copy[];
  /** Two instances in the copy; one of them was deleted after it. */
  known: string;
  /** One instance, made after the copy. */
  unknown: string;
}

/** Lives on for a while after a copy was made, and begins again from that copy. */
export async function goBackToACopy(exchange: Exchange): Promise<LivedOn> {
  const { system, image, stop, start, database } = exchange;
  const { service: known } = await deploy(system, anSla({ code: image }), 2);
  await untilRunning(system, known, 2);
  await stop();
  const copy: DatabaseCopy = await copyDatabase(database);
  await start();
  await untilRunning(system, known, 2);
  const { service: unknown } = await deploy(system, anSla({ code: image }), 1);
  await untilRunning(system, unknown, 1);
  await system.api.deleteInstance(known, 1);
  await eventually(async () => expect(await system.copies()).toHaveLength(2));
  const copies = await system.copies();
  await stop();
  await copy.restore();
  await start();
  return { copies, known, unknown };
}

/** Has two instances, loses its database, and begins again with none. */
export async function loseTheDatabase(
  exchange: Exchange,
): Promise<{ copies: Copy[]; service: string }> {
  const { system, image, stop, start, database } = exchange;
  const { service } = await deploy(system, anSla({ code: image }), 2);
  await untilRunning(system, service, 2);
  const copies = await system.copies();
  await stop();
  await rm(database, { recursive: true });
  await start();
  return { copies, service };
}

/** Those copies have never stopped. */
export async function expectUntouched(system: System, copies: readonly Copy[]): Promise<void> {
  const lives = (await system.copies()).map(lifeOf);
  expect(lives).toEqual(expect.arrayContaining(copies.map(lifeOf)));
}

export async function orphansOfRoot({ api }: System): Promise<string[]> {
  const orphans = await api.orphans();
  return orphans.map(({ job_id, instance_number }) => `${job_id}/${instance_number}`).toSorted();
}
