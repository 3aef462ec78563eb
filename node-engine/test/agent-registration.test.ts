import { expect, test } from "vitest";
import { shareAgentBed } from "./agents-on-cluster.ts";
import { eventually } from "./test-cluster.ts";

const bed = shareAgentBed();
const { startAgent, startRunning, startStranger, untilOnline, readiness } = bed;

test("a wrong join secret is named, and tried again until it is right", async () => {
  const agent = await startAgent({ joinSecret: "a-wrong-secret-of-somebody" });

  await eventually(async () =>
    expect((await readiness(agent)).registration).toEqual({
      ok: false,
      reason: expect.stringMatching(/^OAK_WORKER_JOIN_SECRET is not the join secret/),
    }),
  );
  bed.cluster.joinSecret = "a-wrong-secret-of-somebody";
  await untilOnline();
});

test("without a join secret the worker says that it needs one", async () => {
  const agent = await startStranger();

  await eventually(async () =>
    expect((await readiness(agent)).registration?.reason).toMatch(/set OAK_WORKER_JOIN_SECRET/),
  );
});

test("an identity that lives elsewhere is tried again, not given up", async () => {
  bed.cluster.refuse = { status: 409, error: "worker_alive_elsewhere" };
  const agent = await startAgent();
  await eventually(() => expect(bed.cluster.registrations.length).toBeGreaterThan(1));
  expect((await readiness(agent)).registration?.reason).toMatch(/alive on another system/);

  bed.cluster.refuse = undefined;

  await untilOnline();
});

test("a cluster that does not know the session gets a new one, and an inventory of it", async () => {
  const agent = await startRunning();
  const [before] = agent.engine?.running() ?? [];

  await bed.cluster.send("error", { message: "unknown session", register_again: true });

  await untilOnline(2);
  expect(agent.engine?.running()[0]?.handle).toBe(before?.handle);
  expect(bed.cluster.registrations[1]?.bearer).toBe(bed.cluster.worker?.password);
});

test("any number of calls to register again make one registration", async () => {
  await startRunning();

  for (let times = 0; times < 5; times += 1) {
    await bed.cluster.send("error", { message: "unknown session", register_again: true });
  }

  await untilOnline(2);
  await eventually(() => expect(bed.cluster.heard("information").at(-1)?.session).toBe(2));
  expect(bed.cluster.registrations).toHaveLength(2);
});

test("an error without that wish is left alone", async () => {
  await startRunning();
  bed.cluster.forgetHeard();

  await bed.cluster.send("error", { message: "something else" });

  await eventually(() => expect(bed.cluster.heard("information").length).toBeGreaterThan(2));
  expect(bed.cluster.registrations).toHaveLength(1);
});

test("a password that is refused is replaced by a new registration", async () => {
  await startRunning();

  bed.cluster.revokePassword();

  await untilOnline(2);
});

test("a session that was taken over is taken back while the cluster lets it", async () => {
  await startRunning();
  bed.cluster.forgetHeard();

  const rival = await bed.cluster.connectAsWorker();

  await untilOnline(1);
  expect(rival.connected).toBe(false);
});

test("a worker that may not register does not fight for the connection", async () => {
  const agent = await startRunning();
  bed.cluster.refuse = { status: 409, error: "worker_alive_elsewhere" };
  await bed.cluster.send("error", { message: "another one has registered", register_again: true });
  await eventually(async () => expect((await readiness(agent)).registration?.ok).toBe(false));

  const rival = await bed.cluster.connectAsWorker();

  const tried = bed.cluster.registrations.length;
  await eventually(() => expect(bed.cluster.registrations.length).toBeGreaterThan(tried + 1));
  expect(rival.connected).toBe(true);
  expect(agent.engine?.running()).toHaveLength(1);
});
