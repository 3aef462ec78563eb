import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Document, MongoClient } from "mongodb";

/**
 * Measures a server in a process of its own, started from `dist`:
 * `npx tsc -b packages/embedded-mongo && npx tsx packages/embedded-mongo/test/measure.ts`
 */
interface Measured extends Document {
  _id: string | number;
}

const document = {
  name: "an instance",
  status: "RUNNING",
  numbers: [1, 2, 3],
  text: "x".repeat(200),
};

function report(what: string, figure: number | string): void {
  process.stdout.write(`${what.padEnd(46)} ${figure}\n`);
}

async function rate(what: string, count: number, run: (i: number) => Promise<unknown>) {
  const started = performance.now();
  for (let i = 0; i < count; i++) await run(i);
  report(`${what}, one after another, per second`, Math.round(count / seconds(started)));
}

async function concurrentRate(what: string, count: number, run: (i: number) => Promise<unknown>) {
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  report(`${what}, 32 at a time, per second`, Math.round(count / seconds(started)));
}

const seconds = (started: number): number => (performance.now() - started) / 1000;

/** Proportional share of memory, in MB. */
async function memory(pid: number): Promise<string> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return (Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024).toFixed(1);
}

const dataDir = await mkdtemp(join(tmpdir(), "embedded-mongo-measure-"));
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const child = spawn(process.execPath, ["--max-semi-space-size=1", main, "--data-dir", dataDir], {
  stdio: ["ignore", "pipe", "inherit"],
});
const pid = child.pid ?? 0;
try {
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const client = await MongoClient.connect((JSON.parse(line) as { url: string }).url);
  const c = client.db("measure").collection<Measured>("c");
  report("PSS after start, MB", await memory(pid));
  await c.createIndex({ owner: 1, n: 1 });

  for (let i = 0; i < 500; i++) await c.insertOne({ _id: `warm ${i}`, ...document });
  await rate("durable inserts", 3000, (i) =>
    c.insertOne({ _id: i, owner: i % 100, n: i, ...document }),
  );
  await concurrentRate("durable inserts", 20_000, (i) =>
    c.insertOne({ _id: 10_000 + i, owner: i % 100, n: i, ...document }),
  );
  await rate("durable $inc by id", 2000, (i) => c.updateOne({ _id: i }, { $inc: { count: 1 } }));
  await rate("findOne by id", 5000, (i) => c.findOne({ _id: i % 3000 }));
  await concurrentRate("findOne by id", 20_000, (i) => c.findOne({ _id: i % 3000 }));
  await rate("find of 30 by index", 500, (i) =>
    c.find({ owner: i % 100, n: { $lt: 3000 } }).toArray(),
  );
  const started = performance.now();
  await c.countDocuments({ text: "none" });
  report("scan of 23,500 documents without index, ms", Math.round(seconds(started) * 1000));
  report("PSS at the end, MB", await memory(pid));
  await client.close();
} finally {
  child.kill("SIGTERM");
  await once(child, "exit");
  await rm(dataDir, { recursive: true });
}
