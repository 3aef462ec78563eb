import { expect, test } from "vitest";
import { z } from "zod";
import { type Environment, loadConfig } from "./config.ts";
import { logLevel } from "./config-fields.ts";
import { runMain } from "./run-main.ts";

const load = (env: Environment) =>
  loadConfig(
    z.object({ OAK_DATA_DIR: z.string().default("./data"), LOG_LEVEL: logLevel().default("info") }),
    env,
  );

/** What a service did when it was called like this. */
async function called(
  { args = [], env = {} }: { args?: string[]; env?: Environment },
  start: () => Promise<() => Promise<void>> = async () => async () => undefined,
) {
  const seen = { printed: "", complaints: "", codes: [] as number[], dataDirs: [] as string[] };
  const listening = new Set<string>();
  await runMain({
    name: "example",
    load,
    start: (config) => {
      seen.dataDirs.push(config.OAK_DATA_DIR);
      return start();
    },
    process: {
      argv: ["node", "main.js", ...args],
      env: { LOG_LEVEL: "silent", ...env },
      stdout: { write: (text) => (seen.printed += text) },
      stderr: { write: (text) => (seen.complaints += text) },
      exit: (code) => void seen.codes.push(code),
      on: (event) => listening.add(event),
      off: (event) => listening.delete(event),
    },
  });
  return { ...seen, isListening: listening.has("SIGTERM") };
}

test("a folder that is named at the call goes before that of the environment", async () => {
  const env = { OAK_DATA_DIR: "/of/the/environment" };
  expect(await called({ env })).toMatchObject({
    dataDirs: ["/of/the/environment"],
    isListening: true,
  });
  const args = ["--data-dir", "/of/the/call"];
  expect(await called({ args, env })).toMatchObject({ dataDirs: ["/of/the/call"], codes: [] });
});

test("the configuration is shown, and nothing is started", async () => {
  const { printed, dataDirs, isListening } = await called({ args: ["--print-config"] });
  expect(printed).toContain("OAK_DATA_DIR");
  expect({ dataDirs, isListening }).toEqual({ dataDirs: [], isListening: false });
});

test.each([
  [["--data-dirs", "/x"], {}, "--data-dirs"],
  [[], { LOG_LEVEL: "loud" }, "LOG_LEVEL"],
])("what cannot be understood is named, and nothing is started (%#)", async (args, env, named) => {
  const { complaints, codes, dataDirs } = await called({ args, env });
  expect(complaints).toContain(named);
  expect({ codes, dataDirs }).toEqual({ codes: [2], dataDirs: [] });
});

test("a start that fails ends the process", async () => {
  const { codes, isListening } = await called({}, () => Promise.reject(new Error("no room")));
  expect({ codes, isListening }).toEqual({ codes: [1], isListening: false });
});
