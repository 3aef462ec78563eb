import { expect, test } from "vitest";
import { createLogRecorder } from "../test/log-lines.ts";
import { createLogger } from "./logger.ts";

test("a line has its level by name, its service and a readable time", () => {
  const { logger, lines } = createLogRecorder();
  logger.info({ jobId: "1" }, "placed");
  expect(lines).toMatchObject([{ level: "info", name: "test", msg: "placed", jobId: "1" }]);
  expect(lines[0]?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test("secrets are hidden at the usual depths", () => {
  const { logger, lines } = createLogRecorder();
  logger.info({
    password: "p1",
    user: { token: "p2" },
    request: { headers: { authorization: "p3" } },
  });
  expect(JSON.stringify(lines)).not.toMatch(/p1|p2|p3/);
});

test("pretty lines are for people", () => {
  const written: string[] = [];
  const destination = { write: (line: string) => written.push(line) };
  const logger = createLogger({ name: "root", pretty: true, destination });
  logger.warn({ jobId: "1", err: new Error("broken") }, "retrying");
  expect(written[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}\[root\] retrying jobId=1\n {2}Error: broken/,
  );
});
