import { once } from "node:events";
import { createServer } from "node:net";
import type { InstanceView } from "@oak/contracts";
import { startTinyRegistry } from "@oak/testkit";
import { expect } from "vitest";
import { startAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla, type ServiceWish, shell } from "./support/an-sla.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually, throughout } from "./support/eventually.ts";
import { testOnDocker } from "./support/on-docker.ts";
import { shareSystem } from "./support/shared-system.ts";
import { readRecords } from "./support/tier-records.ts";

const shared = shareSystem(startAllInOneSystem);

/** All tests of this file wait most of the time. */
const testTogether = testOnDocker.concurrent;

/** Posts one instance of a service that cannot run, and follows what the root says of it. */
async function deployHopeless(wish: Partial<ServiceWish>) {
  const sla = anSla({ code: shared.image, ...wish });
  const { service, application } = await deploy(shared.system, sla, 1);
  const seen: InstanceView[] = [];
  const look = async (): Promise<InstanceView> => {
    const instance = await shared.system.api.instance(service, 0);
    seen.push(instance);
    return instance;
  };
  return { service, application, seen, look };
}

/** `status_detail` of a retry: pause in seconds, number of the try, and why. */
const retry = /^(?:Trying again|Restarting) (?:now|in (\d+) s), try (\d+) of 5: (.+\.)$/;

/** Waits for the third try; answers the pauses before the tries, and the sentences. */
async function watchRetries({ look, seen }: Awaited<ReturnType<typeof deployHopeless>>) {
  await eventually(async () => {
    const { status_detail: detail } = await look();
    expect(Number(retry.exec(detail)?.[2])).toBeGreaterThanOrEqual(4);
  });
  const pauses = new Map<string, number>();
  const sentences = new Set<string>();
  for (const { status_detail: detail } of seen) {
    const [, pause = "0", attempt, sentence] = retry.exec(detail) ?? [];
    if (attempt === undefined || sentence === undefined) continue;
    pauses.set(attempt, Number(pause));
    sentences.add(sentence);
  }
  return { pauses: [...pauses.values()], sentences: [...sentences] };
}

testTogether(
  "an image that does not exist is told, and tried again with growing pauses",
  async () => {
    const registry = await startTinyRegistry({});
    try {
      const hopeless = await deployHopeless({ code: registry.reference("nothing:here") });
      const { pauses, sentences } = await watchRetries(hopeless);
      expect(sentences).toEqual([expect.stringMatching(/^The image does not exist/)]);
      expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
      expect(pauses.at(-1)).toBeGreaterThanOrEqual(4);
      expect(new Set(hopeless.seen.map(({ status }) => status))).not.toContain("RUNNING");
      await shared.system.api.deleteApplication(hopeless.application);
    } finally {
      await registry.close();
    }
  },
);

testTogether("a registry that does not answer is told", async () => {
  const [port] = await shared.bed.leasePorts(1);
  const hopeless = await deployHopeless({ code: `127.0.0.1:${port}/nothing:here` });
  await eventually(async () => {
    const { status_detail: detail } = await hopeless.look();
    expect(detail).toMatch(/The image could not be pulled.*\.$/);
  });
  await shared.system.api.deleteApplication(hopeless.application);
});

testTogether("a port that is taken is told; when it is free, the instance runs", async () => {
  const [port] = await shared.bed.leasePorts(1);
  const holder = createServer().listen(port, "0.0.0.0");
  await once(holder, "listening");
  const hopeless = await deployHopeless({ port: `${port}:8080` });
  await eventually(async () => {
    const { status_detail: detail } = await hopeless.look();
    expect(detail).toMatch(new RegExp(`A port .* is taken on this machine.*${port}.*\\.$`));
  });
  expect(new Set(hopeless.seen.map(({ status }) => status))).not.toContain("RUNNING");
  holder.close();
  const [instance] = await untilRunning(shared.system, hopeless.service, 1);
  expect(instance!.published_ports).toBe(`${port}:8080/tcp`);
});

testTogether("a command that is not in the image is told, and nothing seems to run", async () => {
  const hopeless = await deployHopeless({ cmd: ["/no/such/command"] });
  const { sentences } = await watchRetries(hopeless);
  expect(sentences).toEqual([expect.stringMatching(/^The command of the service is not in/)]);
  expect(new Set(hopeless.seen.map(({ status }) => status))).not.toContain("RUNNING");
  await shared.system.api.deleteApplication(hopeless.application);
});

testTogether("a command that crashes at once is told, and does not spin", async () => {
  const hopeless = await deployHopeless({ cmd: shell("echo broken >&2; exit 3") });
  const { pauses, sentences } = await watchRetries(hopeless);
  expect(sentences).toEqual(["The command ended with an error: exit code 3."]);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(2);
  expect(longestRun(hopeless.seen)).toBeLessThan(1);
  expect((await hopeless.look()).logs).toContain("broken");
  await shared.system.api.deleteApplication(hopeless.application);
});

testTogether("more CPU than any worker has is told, and nothing is tried", async () => {
  const hopeless = await deployHopeless({ vcpus: 1_000 });
  await eventually(async () => {
    const { status, status_detail: detail } = await hopeless.look();
    expect(status).toMatch(/^NO_|NoActive|NoCapacity/);
    expect(detail).toMatch(/^No cluster has a worker with 1000 free cores: the most is \d/);
  });
  await shared.system.api.deleteApplication(hopeless.application);
});

testTogether("what does not fit beside another waits, and runs when that one is gone", async () => {
  const { candidates } = await readRecords(shared.system.tiers.cluster);
  const memory = Math.floor(candidates[0]!.allocatable.memory * 0.6);
  const first = await deploy(shared.system, anSla({ code: shared.image, memory }), 1);
  await untilRunning(shared.system, first.service, 1);
  const second = await deployHopeless({ memory });
  await eventually(async () => {
    expect((await second.look()).status_detail).toMatch(/memory/i);
  });
  await throughout(
    () => expect(second.seen.every(({ status }) => status !== "RUNNING")).toBe(true),
    shared.system.api.deleteApplication(first.application),
  );
  await untilRunning(shared.system, second.service, 1);
});

/** Seconds for which RUNNING was shown without a break. */
function longestRun(seen: readonly InstanceView[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const { status, last_modified_timestamp: at } of seen) {
    if (status !== "RUNNING") since = undefined;
    else since ??= at;
    if (since !== undefined) longest = Math.max(longest, at - since);
  }
  return longest;
}
