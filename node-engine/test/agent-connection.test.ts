import { expect, test } from "vitest";
import { selfSigned } from "../../cluster-orchestrator/mqtt-broker/test/self-signed.ts";
import { shareAgentBed } from "./agents-on-cluster.ts";
import { aJobId, anAssignment } from "./builders.ts";
import { eventually } from "./test-cluster.ts";

const bed = shareAgentBed();
const { startAgent, startRunning, untilOnline, readiness } = bed;

test("a broker that is started anew finds its worker again, under the same session", async () => {
  const agent = await startRunning();
  const [before] = agent.engine?.running() ?? [];
  bed.cluster.setBrokerReachable(false);
  await eventually(async () => expect((await readiness(agent)).mqtt?.ok).toBe(false));
  await bed.cluster.restartBroker();
  bed.cluster.forgetHeard();

  bed.cluster.setBrokerReachable(true);

  await untilOnline(1);
  expect(agent.engine?.running()).toEqual([before]);
  expect(bed.cluster.registrations).toHaveLength(1);
});

test("what changed while the broker was away is in the inventory of the return", async () => {
  const agent = await startRunning();
  bed.cluster.setBrokerReachable(false);
  await agent.engine?.upsert(anAssignment({ instance_number: 5, job_id: aJobId }));
  bed.cluster.forgetHeard();

  bed.cluster.setBrokerReachable(true);

  await untilOnline(1);
  expect(bed.cluster.heard("inventory").at(-1)?.held).toHaveLength(2);
  expect(bed.cluster.heard("job")).toEqual([]);
});

test("a cut connection is announced by the will, with the session", async () => {
  await startRunning();
  bed.cluster.forgetHeard();

  bed.cluster.setBrokerReachable(false);

  await eventually(() =>
    expect(bed.cluster.heard("presence")).toEqual([{ session: 1, state: "agent_lost" }]),
  );
});

test("TLS is spoken when the cluster's authority is given", async () => {
  const identity = selfSigned("localhost");
  await bed.cluster.restartBroker(identity);

  await startAgent({
    cluster: { host: "localhost", port: bed.cluster.httpPort },
    mqttCa: Buffer.from(identity.cert),
  });

  await untilOnline();
});

test("a broker with a certificate of somebody else is not spoken to", async () => {
  await bed.cluster.restartBroker(selfSigned("localhost"));

  const agent = await startAgent({
    cluster: { host: "localhost", port: bed.cluster.httpPort },
    mqttCa: Buffer.from(selfSigned("localhost").cert),
  });

  await eventually(async () =>
    expect((await readiness(agent)).mqtt?.reason).toMatch(/certificate|self-signed/),
  );
  expect(bed.cluster.heard("presence")).toEqual([]);
});
