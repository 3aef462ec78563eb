import { expect, test } from "vitest";
import { type Aim, type Bench, UsageError } from "./bench.ts";
import { runCli } from "./cli.ts";

const missed: Aim = { what: "size", measured: 2, atMost: 1, unit: "MB" };

function setUp(run: Bench["run"] = async () => ({ aims: [missed] })) {
  const said: string[] = [];
  const interrupted = new AbortController();
  const bench: Bench = { name: "size", summary: "how large it is", usage: "usage of size", run };
  const start = (...argv: string[]): Promise<number> =>
    runCli(argv, {
      benches: [bench],
      context: {
        say: (text) => said.push(text),
        results: { save: async () => "" },
        signal: interrupted.signal,
      },
    });
  return { start, said: () => said.join("\n"), interrupted };
}

test("without a name, or with one that is not known, it lists what there is and exits 2", async () => {
  for (const argv of [[], ["sise"]]) {
    const { start, said } = setUp();
    expect(await start(...argv)).toBe(2);
    expect(said()).toContain("how large it is");
  }
});

test("--help explains the program, and each bench", async () => {
  const { start, said } = setUp();
  expect([await start("--help"), await start("size", "--help")]).toEqual([0, 0]);
  expect(said()).toContain("Exit codes");
  expect(said()).toContain("usage of size");
});

test("a missed aim is told, and changes the exit code only when asked to", async () => {
  const { start, said } = setUp();
  expect([await start("size"), await start("size", "--strict")]).toEqual([0, 3]);
  expect(said()).toContain("MISSED");
});

test("flags that are not understood exit 2 with the usage", async () => {
  const { start, said } = setUp(async () => {
    throw new UsageError("--sise is not known");
  });
  expect(await start("size", "--sise")).toBe(2);
  expect(said()).toContain("--sise is not known\n\nusage of size");
});

test("a bench that could not measure exits 1 with the reason, an interrupted one 130", async () => {
  const { start, said, interrupted } = setUp(async () => {
    throw new Error("no Docker here");
  });
  expect(await start("size")).toBe(1);
  expect(said()).toContain("no Docker here");
  interrupted.abort();
  expect(await start("size")).toBe(130);
});
