import { randomBytes } from "node:crypto";
import { readlink } from "node:fs/promises";
import { createSilentLogger, systemClock } from "@oak/kit";
import type { ContainerCreateOptions } from "dockerode";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDockerClient, type DockerClient } from "../src/adapters/docker/docker-client.ts";
import { createPauseContainers } from "../src/adapters/docker/pause-containers.ts";
import type { NamespaceHost } from "../src/network/ports.ts";

const client = createDockerClient({ clock: systemClock });
const ownNetwork = "/proc/self/ns/net";
let engineId: string;
let used: NamespaceHost;

beforeEach(() => {
  engineId = randomBytes(12).toString("hex");
  used = host(client);
});
afterEach(async () => {
  for (const { handle } of await used.list()) await used.remove(handle);
});

const host = (through: DockerClient): NamespaceHost =>
  createPauseContainers({
    client: through,
    ...{ engineId, clock: systemClock, logger: createSilentLogger(), pidOf: () => undefined },
  });

/** A Docker whose policy keeps containers out of the host's network, and what it was asked to make. */
function strictClient(asked: (string | undefined)[]): DockerClient {
  const docker: DockerClient["docker"] = Object.create(client.docker);
  docker.createContainer = (async (options: ContainerCreateOptions) => {
    const mode = options.HostConfig?.NetworkMode;
    asked.push(mode);
    if (mode !== "host") return client.docker.createContainer(options);
    throw Object.assign(new Error("host network mode is not allowed"), { statusCode: 400 });
  }) as typeof docker.createContainer;
  return { ...client, docker };
}

test("each of many made at once is a network of its own", async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => used.make()));
  const networks = await Promise.all(made.map(({ pid }) => readlink(`/proc/${pid}/ns/net`)));
  expect(new Set([...networks, await readlink(ownNetwork)]).size).toBe(5);
  const byHandle = (one: { handle: string }, other: { handle: string }): number =>
    one.handle.localeCompare(other.handle);
  expect((await used.list()).toSorted(byHandle)).toEqual(made.toSorted(byHandle));
});

test("where nothing may enter the host's network, Docker gives each a network, and is asked for nothing else again", async () => {
  const asked: (string | undefined)[] = [];
  const strict = host(strictClient(asked));
  const { pid } = await strict.make();
  expect(await readlink(`/proc/${pid}/ns/net`)).not.toBe(await readlink(ownNetwork));
  await strict.make();
  expect(asked).toEqual(["host", "none", "none"]);
});
