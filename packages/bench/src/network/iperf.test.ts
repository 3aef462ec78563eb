import { expect, test } from "vitest";
import { parseIperf } from "./iperf.ts";

const end = {
  sum_sent: { seconds: 2, bits_per_second: 31e9, retransmits: 7, sender: true },
  sum_received: { seconds: 2, bits_per_second: 30.5e9, sender: true },
};

test("a run is told by what arrived, not by what was sent", () => {
  const json = JSON.stringify({ start: { version: "iperf 3.12" }, intervals: [], end });
  expect(parseIperf(json)).toEqual({ gbitPerSecond: 30.5, retransmits: 7 });
});

test("the complaint of iperf3 is the error, though its report has an empty end", () => {
  const json = JSON.stringify({ start: {}, end: {}, error: "unable to connect to server" });
  expect(() => parseIperf(json)).toThrow("iperf3: unable to connect to server");
});

test("a report without an end is not taken for no throughput", () => {
  expect(() => parseIperf(JSON.stringify({ start: {}, end: {} }))).toThrow("what arrived");
  expect(() => parseIperf("")).toThrow(SyntaxError);
});
