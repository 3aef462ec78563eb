import { type Instance, instanceKey } from "@oak/contracts";
import { expect, test } from "vitest";
import { attachmentId } from "../domain/attachments.ts";
import { createRecordBook } from "../domain/record-book.ts";
import type { AttachmentRecord } from "../ports.ts";
import { createReporter } from "./catch-up.ts";

const jobIds = ["a", "b", "c"].map((letter) => letter.repeat(24));

function attached(jobId: string): AttachmentRecord {
  return {
    _id: attachmentId(instanceKey(jobId, 0), "w"),
    ...{ job_id: jobId, instance_number: 0, worker_id: "w", epoch: 1, placement: 1 },
    ...{ namespace_ip: "10.18.0.2", namespace_ip_v6: "fc00::2" },
    ...{ host_ip: "192.0.2.1", host_port: 50_103, reported: false },
  };
}

test("one service that the root does not take holds up no report of another", async () => {
  const records = jobIds.map((jobId) => attached(jobId));
  const store = { all: async () => records, put: async () => {}, remove: async () => {} };
  const attachments = createRecordBook<AttachmentRecord>(store);
  await attachments.load();
  const record = { child: "w", epoch: 1, placement: 1, phase: "assigned" } as const;
  const reporter = createReporter({
    attachments,
    directory: {
      recordsOf: (jobId) => [{ ...record, _id: instanceKey(jobId, 0) } as Instance],
    },
    root: {
      report: async ({ job_id: jobId }) => {
        if (jobId === jobIds[0]) throw new Error("refused");
        return jobId !== jobIds[1];
      },
    },
    onChange: () => undefined,
  });
  await expect(reporter.report()).rejects.toThrow("refused");
  const reported = [...attachments.all()].map((one) => one.reported);
  expect(reported).toEqual([false, false, true]);
});
