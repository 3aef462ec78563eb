import { expect, test } from "vitest";
import { anInstance, anObservation, workerId } from "../../test/memory-store.ts";
import { jobReports } from "./build-root-report.ts";

const reportOf = (instance: ReturnType<typeof anInstance>) =>
  jobReports([instance], {
    nameOf: () => "a",
    addressOf: (id) => (id === workerId ? "192.0.2.9" : undefined),
  })[0]?.instance_list[0];

test("an instance is where its worker is, unless the worker says it better", () => {
  const seen = anObservation();
  expect(reportOf(anInstance({ seen }))).toMatchObject({
    publicip: "192.0.2.9",
    host_ip: "192.0.2.9",
  });
  const told = { ...seen, publicip: "198.51.100.1", host_ip: "10.0.0.1" };
  expect(reportOf(anInstance({ seen: told }))).toMatchObject({
    publicip: "198.51.100.1",
    host_ip: "10.0.0.1",
  });
});

test("what runs nowhere has no address", () => {
  expect(reportOf(anInstance({ phase: "unplaced", child: null }))).not.toHaveProperty("publicip");
  expect(reportOf(anInstance({ seen: null }))).not.toHaveProperty("publicip");
});
