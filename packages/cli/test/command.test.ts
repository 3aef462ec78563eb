import { expect, test } from "vitest";
import { runCli } from "../src/cli.ts";
import type { Command, CommandIo } from "../src/command.ts";
import { check } from "../src/doctor/check.ts";
import { runDoctor } from "../src/doctor/command.ts";
import { ok } from "../src/doctor/finding.ts";
import { renderLines } from "../src/doctor/render.ts";
import { runChecks } from "../src/doctor/run-checks.ts";
import { createFakeProbes } from "./fake-probes.ts";

function anIo(env: CommandIo["env"] = {}) {
  const said = { out: "", err: "" };
  const io: CommandIo = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    env,
    isTerminal: false,
    isErrTerminal: false,
    canAsk: false,
    readInput: async () => "",
    ask: () => Promise.reject(new Error("nobody is there")),
  };
  return { io, said };
}

const echo: Command = {
  name: "echo",
  summary: "Says it again",
  usage: "WORD",
  options: {
    loud: { short: "l", help: "with emphasis" },
    times: { value: "N", help: "how often" },
  },
  examples: ["oak echo hello"],
  run: async ({ args, options }, { io }) => {
    io.out(`${args.join(" ")} ${JSON.stringify(options)}`);
    return 0;
  },
};

test("a command gets its words and options", async () => {
  const { io, said } = anIo();
  expect(await runCli(["echo", "a", "-l", "--times", "3"], [echo], io)).toBe(0);
  expect(said.out).toBe('a {"loud":true,"times":"3"}');
});

test.each([
  [["nothing"], "no command"],
  [["echo", "--hush"], "--hush"],
  [["echo", "--times"], "--times"],
])("%j is wrong use", async (words, text) => {
  const { io, said } = anIo();
  expect(await runCli(words, [echo], io)).toBe(2);
  expect(said.err).toContain(text);
});

test("a command that throws has failed, with one line and no stack", async () => {
  const { io, said } = anIo();
  const failing = { ...echo, run: () => Promise.reject(new Error("the sky fell")) };
  expect(await runCli(["echo"], [failing], io)).toBe(1);
  expect(said.err).toBe("oak echo: the sky fell\n");
});

test.each([[[]], [["help"]], [["--help"]], [["echo", "-h"]], [["help", "echo"]]])(
  "%j helps",
  async (words) => {
    const { io, said } = anIo();
    expect(await runCli(words, [echo], io)).toBe(0);
    expect(said.out).toContain("Says it again");
  },
);

test("one check that fails or hangs says so, and spoils no other", async () => {
  const findings = await runChecks(
    [
      check("broken", () => Promise.reject(new Error("no such tool"))),
      check("hanging", () => new Promise(() => undefined)),
      check("fine", async () => [ok("fine", "yes")]),
    ],
    createFakeProbes(),
    20,
  );
  expect(findings).toEqual([
    { status: "not checked", check: "broken", found: "no such tool" },
    { status: "not checked", check: "hanging", found: "no result within 0.02 s" },
    { status: "ok", check: "fine", found: "yes" },
  ]);
});

test("what a service says cannot forge lines or colours", () => {
  const findings = [ok("x", "fine\nok  forged\u001b[31m")];
  const text = renderLines({ target: "root", address: "here", findings }, { isTerminal: false });
  expect(text.split("\n")).toHaveLength(3);
  expect(text).not.toContain("\u001b");
});

test("colours are for terminals", () => {
  const diagnosis = { target: "root", address: "here", findings: [ok("x", "y")] };
  expect(renderLines(diagnosis, { isTerminal: true })).toContain("\u001b[32m");
  expect(renderLines(diagnosis, { isTerminal: false })).not.toContain("\u001b");
});

test.each([
  [["moon"], {}],
  [[], {}],
  [["root", "more"], {}],
  [["root"], { address: "http://10.0.0.1:10000" }],
  [["root"], { port: "0" }],
  [["root"], { output: "xml" }],
  [["root"], { timeout: "soon" }],
])("doctor %j %j is wrong use", async (args, options) => {
  const { io } = anIo();
  await expect(runDoctor({ args, options }, io, () => createFakeProbes())).rejects.toThrow();
});

test("what runs elsewhere is looked at over the network only", async () => {
  const probes = createFakeProbes();
  const { io, said } = anIo();
  const options = { address: "192.0.2.1", output: "json" };
  expect(await runDoctor({ args: ["root"], options }, io, () => probes)).toBe(1);
  expect(JSON.parse(said.out)).toMatchObject({ target: "root", address: "192.0.2.1", faults: 2 });
  expect(probes.asked.every(({ base }) => base.startsWith("http://192.0.2.1:"))).toBe(true);
});
