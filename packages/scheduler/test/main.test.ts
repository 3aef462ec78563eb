import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./eventually.ts";
import { aFeed, tierSecret } from "./fixtures.ts";
import { startStandIn } from "./stand-in.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

function run(env: Record<string, string>) {
  const { PATH = "", HOME = "" } = process.env;
  const child: ChildProcess = spawn(process.execPath, [main], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  // Its last words are read, too, by then.
  const exited = once(child, "close").then(([code]) => code as number);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  });
  return { child, exited, output: () => output };
}

test("environment variables are enough to run it alone", async () => {
  const resourceAbstractor = await startStandIn(({ query }) =>
    query.get("since") === "" ? { status: 200, body: aFeed() } : undefined,
  );
  const started = run({
    ORCHESTRATION_PLANE: "cluster",
    API_PORT: "0",
    RESOURCE_ABSTRACTOR_PORT: new URL(resourceAbstractor.url).port,
    OAK_TIER_SECRET: tierSecret,
  });
  await eventually(async () => {
    const url = /"url":"(http:[^"]+)"/.exec(started.output())?.[1];
    return url !== undefined && (await fetch(`${url}/readyz`)).ok;
  });
  started.child.kill("SIGTERM");
  expect(await started.exited).toBe(0);
}, 60_000);

test("a wrong environment is answered with every fault and code 2", async () => {
  const { exited, output } = run({ API_PORT: "http", OAK_TEIR_SECRET: "x" });
  expect(await exited).toBe(2);
  for (const name of ["ORCHESTRATION_PLANE", "API_PORT", "OAK_TIER_SECRET", "OAK_TEIR_SECRET"]) {
    expect(output()).toContain(name);
  }
}, 60_000);
