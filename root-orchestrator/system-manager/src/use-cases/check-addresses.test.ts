import type { Advertised, Candidate } from "@oak/contracts";
import { createMetrics } from "@oak/kit";
import { expect, test } from "vitest";
import { type ClusterDialler, createAddressChecks } from "./check-addresses.ts";

/** A network in which nobody refuses anything, unless a test says so. */
const friendly: ClusterDialler = {
  resolve: async (host) => [host],
  knock: async () => undefined,
  nameAt: async () => ({ name: "garage" }),
};

const site: Advertised = {
  address: "192.0.2.7",
  seen_from: "192.0.2.7",
  manager: 10_100,
  broker: 10_003,
  network: 10_110,
};

function aCluster(fields: Partial<Candidate> = {}): Candidate {
  return {
    _id: "c1",
    candidate_name: "garage",
    liveness: "alive",
    session: 1,
    advertised: site,
    ...fields,
  } as Candidate;
}

function setUp(cluster: Candidate, dialler: Partial<ClusterDialler> = {}) {
  const stage = {
    cluster,
    nowMs: 0,
    lists: 0,
    dialled: [] as string[],
    logged: [] as string[],
    patches: 0,
  };
  const metrics = createMetrics({ service: "test" });
  const log = (level: string) => (facts: object) => {
    stage.logged.push(`${level}: ${Reflect.get(facts, "detail")}`);
  };
  const used = { ...friendly, ...dialler };
  const checks = createAddressChecks({
    candidates: {
      list: async () => {
        stage.lists += 1;
        return [stage.cluster];
      },
      patch: async (_id, fields) => {
        stage.patches += 1;
        stage.cluster = { ...stage.cluster, ...fields };
      },
    },
    dialler: {
      resolve: used.resolve,
      knock: (address, port) => {
        stage.dialled.push(`${address}:${port}`);
        return used.knock(address, port);
      },
      nameAt: (address, port) => {
        stage.dialled.push(`${address}:${port}`);
        return used.nameAt(address, port);
      },
    },
    nowMs: () => 1_000_000 + stage.nowMs,
    monotonicMs: () => stage.nowMs,
    metrics,
    log: { info: log("info"), warn: log("warn") } as never,
  });
  /** As long as it takes until a finding is told. */
  const settle = async (): Promise<void> => {
    await checks.run();
    stage.nowMs += 5_000;
    await checks.run();
  };
  return { stage, checks, settle, metrics };
}

test("a cluster that answers at its three ports is reachable, which its document says", async () => {
  const { stage, settle, checks } = setUp(aCluster());
  await settle();
  expect(stage.cluster.reachability).toEqual({
    status: "reachable",
    detail: "It answers the root at 192.0.2.7 (manager 10100, broker 10003, network 10110)",
    address: "192.0.2.7",
    since: 1_000,
  });
  expect(checks.of("c1")).toEqual(stage.cluster.reachability);
  expect(stage.dialled).toEqual(["192.0.2.7:10100", "192.0.2.7:10003", "192.0.2.7:10110"]);
});

test("the same finding is told and stored once", async () => {
  const { stage, checks, settle } = setUp(aCluster());
  await settle();
  stage.nowMs += 400_000;
  await checks.run();
  expect(stage.dialled).toHaveLength(6);
  expect({ patches: stage.patches, logged: stage.logged.length }).toEqual({
    patches: 1,
    logged: 1,
  });
});

test("a port that refuses is named, after a second look", async () => {
  const { stage, checks, settle } = setUp(aCluster(), {
    knock: async (_address, port) => (port === 10_003 ? "refuses connections" : undefined),
  });
  await checks.run();
  expect(stage.cluster.reachability).toBeUndefined();
  await settle();
  expect(stage.cluster.reachability).toMatchObject({
    status: "partly",
    detail: "The root does not reach it: broker 192.0.2.7:10003 refuses connections",
  });
  expect(stage.logged).toEqual([expect.stringContaining("warn: The root does not reach it")]);
});

test("another cluster at the address is no answer, and its name is not told", async () => {
  const { stage, settle } = setUp(aCluster(), {
    nameAt: async () => ({ name: "another" }),
    knock: async () => "refuses connections",
  });
  await settle();
  expect(stage.cluster.reachability?.status).toBe("unreachable");
  expect(stage.cluster.reachability?.detail).toContain(
    "manager 192.0.2.7:10100 is another cluster's",
  );
  expect(stage.cluster.reachability?.detail).not.toContain("another,");
});

test.each([
  ["localhost", "10.0.0.4", "its connection comes from 10.0.0.4"],
  ["127.0.0.1", "::ffff:10.0.0.4", "its connection comes from"],
  ["169.254.169.254", "10.0.0.4", "which clouds keep for themselves"],
  ["169.254.7.7", "10.0.0.4", "one wire only"],
  ["0.0.0.0", "127.0.0.1", "no address of any machine"],
  ["224.0.0.5", "10.0.0.4", "no address of a machine"],
])("%s from %s is not dialled, and a sentence says why", async (address, seenFrom, why) => {
  const advertised = { ...site, address, seen_from: seenFrom };
  const { stage, checks } = setUp(aCluster({ advertised }), {
    resolve: async (host) => [host === "localhost" ? "127.0.0.1" : host],
  });
  await checks.run();
  expect(stage.dialled).toEqual([]);
  expect(stage.cluster.reachability).toMatchObject({
    status: "refused",
    detail: expect.stringContaining(why),
  });
});

test("a name that leads to the metadata service of a cloud is not dialled", async () => {
  const advertised = { ...site, address: "site.example" };
  const { stage, settle } = setUp(aCluster({ advertised }), {
    resolve: async () => ["169.254.169.254", "::1"],
  });
  await settle();
  expect(stage.dialled).toEqual([]);
  expect(stage.cluster.reachability?.status).toBe("refused");
});

test("a name is dialled at the address that was judged", async () => {
  const advertised = { ...site, address: "site.example" };
  const { stage, settle } = setUp(aCluster({ advertised }), {
    resolve: async () => ["127.0.0.1", "10.0.0.9"],
  });
  await settle();
  expect(new Set(stage.dialled)).toEqual(
    new Set(["10.0.0.9:10100", "10.0.0.9:10003", "10.0.0.9:10110"]),
  );
});

test("loopback is dialled for a cluster whose connection came over it", async () => {
  const advertised = { ...site, address: "127.0.0.1", seen_from: "::ffff:127.0.0.1" };
  const { stage, settle } = setUp(aCluster({ advertised }));
  await settle();
  expect(stage.cluster.reachability?.status).toBe("reachable");
});

test("ports of other programs are not dialled", async () => {
  const advertised = { ...site, manager: 22, broker: 443 };
  const { stage, settle } = setUp(aCluster({ advertised }));
  await settle();
  expect(new Set(stage.dialled)).toEqual(new Set(["192.0.2.7:10110"]));
});

test("without an address nothing is dialled, and nothing is wrong", async () => {
  const { stage, settle } = setUp(aCluster({ advertised: { address: "", seen_from: "10.0.0.4" } }));
  await settle();
  expect(stage.dialled).toEqual([]);
  expect(stage.cluster.reachability).toMatchObject({ status: "not_advertised" });
  expect(stage.logged).toEqual([expect.stringMatching(/^info: .*10\.0\.0\.4$/)]);
});

test("a new registration is looked at at once, with its new address", async () => {
  const { stage, checks, settle } = setUp(aCluster());
  await settle();
  stage.cluster = aCluster({ session: 2, advertised: { ...site, address: "192.0.2.8" } });
  checks.hint();
  await checks.run();
  expect(stage.dialled.at(-1)).toBe("192.0.2.8:10110");
  expect(checks.of("c1")?.detail).toContain("192.0.2.8");
});

test("while nobody is due not even the list is read", async () => {
  const { stage, checks, settle } = setUp(aCluster());
  await settle();
  const { lists } = stage;
  await checks.run();
  expect(stage.lists).toBe(lists);
});

test("a silent cluster is not looked for", async () => {
  const { stage, settle } = setUp(aCluster({ liveness: "lost" }));
  await settle();
  expect(stage.dialled).toEqual([]);
});

test("a metric says which clusters are reached, until one is taken out", async () => {
  const { checks, settle, metrics } = setUp(aCluster());
  await settle();
  expect(await metrics.render()).toContain(
    'oak_cluster_reachable{cluster="garage",service="test"} 1',
  );
  checks.removed("c1");
  expect(await metrics.render()).not.toContain('cluster="garage"');
});
