import { expect, test, vi } from "vitest";
import { runProgram } from "./run-program.ts";

test("a program is found, and hears nothing of how much this one logs", async () => {
  vi.stubEnv("LOG_LEVEL", "debug");
  try {
    expect(await runProgram("sh", "-c", `echo "\${LOG_LEVEL-nothing}"`)).toBe("nothing\n");
  } finally {
    vi.unstubAllEnvs();
  }
});

test.each([
  ["echo at first >&2; echo no room >&2; exit 1", "sh failed: no room"],
  [
    "echo 'ERROR: (oakWg) 2026/11/22 11:19:08 no device'; echo box >&2; exit 1",
    "sh failed: no device",
  ],
  ["exit 3", "sh failed: it ended with 3"],
])("a program that fails says why in one line: %s", async (script, why) => {
  await expect(runProgram("sh", "-c", script)).rejects.toThrow(new Error(why));
});
