import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { shareAgentBed } from "./agents-on-cluster.ts";
import { eventually } from "./test-cluster.ts";

const bed = shareAgentBed();
const { startAgent, startRunning, stopAgent, untilOnline, untilReported, readiness } = bed;

test("after a restart the same workload goes on under a new session", async () => {
  const first = await startRunning();
  const [before] = first.engine?.running() ?? [];
  await stopAgent(first);

  const second = await startAgent();

  await untilOnline(2);
  expect(second.engine?.running()).toEqual([before]);
  expect(second.workerId()).toBe(bed.cluster.worker?.id);
  expect(bed.cluster.heard("inventory").at(-1)).toMatchObject({
    want_rev: 1,
    held: [{ status: "RUNNING" }],
  });
});

test("the credential is kept where nobody else can read it", async () => {
  await startRunning();

  const file = path.join(bed.folder, "agent.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toContain(bed.cluster.worker?.password);
});

test("a damaged agent state is set aside, and the worker joins again as the same node", async () => {
  const first = await startRunning();
  await stopAgent(first);
  await writeFile(path.join(bed.folder, "agent.json"), "{ half");

  await startAgent();

  await untilOnline(2);
  const nodes = bed.cluster.registrations.map(({ registration }) => registration.node_id);
  expect(nodes[1]).toBe(nodes[0]);
  expect(await readdir(bed.folder)).toContain("agent.json.corrupt");
});

test("without its cluster an agent takes up what runs, and restarts what crashes", async () => {
  await stopAgent(await startRunning("fake/exit:1:after=1s"));
  bed.cluster.refuse = { status: 503, error: "unavailable" };
  const agent = await startAgent();

  await eventually(() =>
    expect(agent.engine?.status()).toEqual([
      expect.objectContaining({ status: "RUNNING", restarts: 1 }),
    ]),
  );
  expect(agent.workerId()).toBe(bed.cluster.worker?.id);
  expect(await readiness(agent)).toMatchObject({
    registration: { ok: false },
    mqtt: { ok: false },
    runtime: { ok: true },
  });
});

test("a second agent with the same state directory is refused", async () => {
  await startAgent();

  await expect(startAgent()).rejects.toThrow(/Another node engine runs/);
});

test("a plain stop leaves workloads running and says only that the agent is gone", async () => {
  const agent = await startRunning();
  bed.cluster.forgetHeard();

  await stopAgent(agent);

  await eventually(() =>
    expect(bed.cluster.heard("presence")).toEqual([{ session: 1, state: "agent_lost" }]),
  );
  expect(bed.cluster.heard("job")).toEqual([]);
  expect((await startAgent()).engine?.running()).toHaveLength(1);
});

test("draining says farewell first, then ends everything and reports it", async () => {
  const agent = await startRunning();
  bed.cluster.forgetHeard();

  expect(await agent.drain()).toBe(true);
  await stopAgent(agent);

  await untilReported("DEAD");
  expect(bed.cluster.heard("job").at(-1)).toMatchObject({ reason: "drained" });
  expect(new Set(bed.cluster.heard("presence").map(({ state }) => state))).toEqual(
    new Set(["leaving"]),
  );
  expect(bed.cluster.order().indexOf("presence")).toBeLessThan(bed.cluster.order().indexOf("job"));
});
