import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { shareAgentBed } from "./agents-on-cluster.ts";
import { aJobId } from "./builders.ts";
import { aDelete, aDeploy } from "./commands.ts";
import { eventually } from "./test-cluster.ts";

const bed = shareAgentBed();
const { startAgent, untilOnline, untilReported } = bed;
const aCopy = { job_id: aJobId, instance_number: 0, epoch: 1, placement: 1 };

test("an exclusive workload asks to be named at once, and runs for as long as it is", async () => {
  await bed.replaceCluster({ heartbeatMs: 600_000 });
  await startAgent();
  await untilOnline();
  bed.cluster.name([aCopy]);

  await bed.cluster.send("deploy", aDeploy({ exclusiveTtlS: 2 }));

  await untilReported("RUNNING");
  await eventually(() =>
    expect(bed.cluster.heard("job").at(-1)).toMatchObject({
      status: "CREATED",
      status_detail: "Stopped: the cluster was out of reach",
    }),
  );
});

test("leases are on the disk while there are exclusive workloads, and only then", async () => {
  await startAgent();
  await untilOnline();
  await bed.cluster.send("deploy", aDeploy({ instance: 1 }));
  await untilReported("RUNNING");
  expect(await readdir(bed.folder)).not.toContain("leases.json");
  bed.cluster.name([aCopy]);

  await bed.cluster.send("deploy", aDeploy({ exclusiveTtlS: 10, wantRev: 2 }));
  await eventually(async () =>
    expect(JSON.parse(await readFile(path.join(bed.folder, "leases.json"), "utf8"))).toMatchObject({
      leases: [{ key: `${aJobId}/0`, ttl_ms: 10_000, sent_ms: expect.any(Number) }],
    }),
  );
  await bed.cluster.send("delete", aDelete({ wantRev: 3 }));

  await untilReported("UNDEPLOYED");
  await eventually(async () => expect(await readdir(bed.folder)).not.toContain("leases.json"));
});
