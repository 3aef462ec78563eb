import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createServiceProcess } from "../../src/index.ts";
import { withSteppedClock } from "../../src/processes/stepped-clock.ts";

const program = `
const say = () => console.log("now", Date.now() - base, +new Date() - base, new Date(5).getTime());
const base = Date.now();
say();
process.on("SIGUSR2", say);
setInterval(() => {}, 1000);
`;

test("the wall clock of a process is moved by a signal, step after step", async () => {
  const folder = mkdtempSync(join(tmpdir(), "oak-clock-"));
  const entry = join(folder, "program.mjs");
  writeFileSync(entry, program);
  const service = createServiceProcess({ name: "one", entry, logFile: join(folder, "one.log") });
  onTestFinished(async () => {
    await service.kill();
    rmSync(folder, { recursive: true });
  });
  const said = () => [...service.logTail().matchAll(/now (-?\d+) (-?\d+) (\d+)/g)];
  const minutes = () =>
    said().map(([, now, date, five]) =>
      [Number(now), Number(date)].map((ms) => Math.round(ms / 60_000)).concat(Number(five)),
    );

  service.launch(withSteppedClock([3_600_000, -7_200_000]));
  await expect.poll(minutes).toEqual([[0, 0, 5]]);
  service.signal("SIGUSR2");
  await expect.poll(minutes).toEqual([
    [0, 0, 5],
    [60, 60, 5],
  ]);
  service.signal("SIGUSR2");
  await expect.poll(minutes).toEqual([
    [0, 0, 5],
    [60, 60, 5],
    [-60, -60, 5],
  ]);
});
