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

test("a program that fails says why", async () => {
  await expect(runProgram("sh", "-c", "echo no room >&2; exit 1")).rejects.toThrow("no room");
});
