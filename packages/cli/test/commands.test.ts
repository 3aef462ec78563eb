import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { type CommandGroup, type CommandNode, isGroup } from "../src/command.ts";
import { commands } from "../src/commands.ts";
import { allCommands, findCommand } from "../src/frame/find-command.ts";
import { globalOptions, serverOptions } from "../src/frame/global-options.ts";
import { optionsOf, parseWords } from "../src/frame/parse-words.ts";
import { aCli } from "./a-cli.ts";

const top: CommandGroup = { name: "oak", summary: "", commands };
const all = allCommands(top).map(({ path, command }) => ({ name: path.join(" "), path, command }));

// upstream: the verbs and aliases of both older tools
test.each([
  ...["app show", "app s", "app ls", "app list", "a s"].map((line) => [line, "app show"]),
  ...["app create", "a c"].map((line) => [line, "app create"]),
  ...["app delete", "a d"].map((line) => [line, "app delete"]),
  ...["app sla", "a sla"].map((line) => [line, "app sla"]),
  ...["service show", "service ls", "s s", "s ls"].map((line) => [line, "service show"]),
  ...["service inspect", "s i"].map((line) => [line, "service inspect"]),
  ["service logs", "service logs"],
  ...["service deploy", "s d"].map((line) => [line, "service deploy"]),
  ...["service undeploy", "s u"].map((line) => [line, "service undeploy"]),
  ["s scale up", "service scale up"],
  ["service scale down", "service scale down"],
  ...["cluster list", "cl ls"].map((line) => [line, "cluster list"]),
  ...["cluster info", "cl i"].map((line) => [line, "cluster info"]),
  ...["config show", "c s"].map((line) => [line, "config show"]),
  ...["set", "reset", "credentials"].map((verb) => [`config ${verb}`, `config ${verb}`]),
  ...["root", "cluster", "worker", "full"].map((part) => [`install ${part}`, `install ${part}`]),
  ["uninstall full", "uninstall full"],
  ["worker stop", "worker"],
  ["addon flops project", "addon flops project"],
  ["addon flops mock-data", "addon flops mock-data"],
  ["addon flops tracking", "addon flops tracking"],
  ["addon flops reset-database", "addon flops reset-database"],
  ...["api-docs", "dashboard-link", "version", "doctor root"].map((line) => [
    line,
    line.split(" ")[0] ?? "",
  ]),
])("oak %s is oak %s", (line, name) => {
  const found = findCommand(top, line.split(" "));
  expect(found.path.join(" ")).toBe(name);
  expect(isGroup(found.node)).toBe(false);
});

test("options may stand before, between and after the words of a command", () => {
  const line = "--server 192.0.2.1 app -o json ls --limit 3";
  const { path, rest } = findCommand(top, line.split(" "));
  expect(path).toEqual(["app", "show"]);
  expect(rest).toEqual(["--server", "192.0.2.1", "-o", "json", "--limit", "3"]);
});

test.each(all)("oak $name: its examples are understood, and lead to it", ({ path, command }) => {
  const name = path.join(" ");
  const calls = command.examples
    .flatMap((line) => callsIn(line))
    .map((words) => findCommand(top, words));
  const own = calls.filter((found) => found.path.join(" ") === name);
  expect(own).not.toEqual([]);
  if (command.isPassedOn === true) return;
  for (const { rest } of own) parseWords(rest, optionsOf(command));
});

test.each(["README.md", "docs/cli.md"])("what %s shows is understood", async (name) => {
  const text = await readFile(new URL(`../../../${name}`, import.meta.url), "utf8");
  const blocks = text.split("\n```").filter((block) => block.startsWith("sh\n"));
  const lines = blocks
    .flatMap((block) => block.split("\n"))
    .map((line) => line.split(" #")[0] ?? "");
  const calls = lines.flatMap(callsIn).map((words) => ({ words, ...findCommand(top, words) }));
  expect(calls.length).toBeGreaterThan(10);
  for (const { words, node, rest } of calls) {
    if (isGroup(node)) throw new Error(`oak ${words.join(" ")} leads to no command`);
    if (node.isPassedOn !== true) parseWords(rest, optionsOf(node));
  }
});

/** The words after each `oak` of a line, up to what is the shell's. */
function callsIn(line: string): string[][] {
  return line
    .split(/[|<>()]/)
    .flatMap((part) => part.split(/(?:^|\s)oak\s/).slice(1))
    .map((words) => words.trim().match(/'[^']*'|\S+/g) ?? []);
}

test("no two words below one group are the same", () => {
  const look = (nodes: readonly CommandNode[]): void => {
    const words = nodes.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
    for (const node of nodes) if (isGroup(node)) look(node.commands);
  };
  look(commands);
});

test.each(all)("oak $name: no letter means two options", ({ command }) => {
  const { options } = command;
  const shared = Object.entries({ ...globalOptions, ...serverOptions });
  const whole = [...Object.entries(options), ...shared.filter(([name]) => !(name in options))];
  const letters = whole.flatMap(([, { short }]) => (short === undefined ? [] : [short]));
  expect(letters.filter((letter, at) => letters.indexOf(letter) !== at)).toEqual([]);
});

test("each level has help, with examples", async () => {
  const { oak } = await aCli();
  for (const line of ["app --help", "help app", "app create -h", "help a c", "s scale --help"]) {
    const said = await oak(line);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toContain("Examples\n  oak ");
  }
});

test.each([
  ["ap ls", "did you mean app?"],
  ["app lst", "did you mean list?"],
  ["app shwo", "did you mean show?"],
  ["servce ls", "did you mean service?"],
  ["app ls --limti 3", "did you mean --limit?"],
  ["config set clustr_name x", "did you mean cluster_name?"],
  ["--context nowhere app ls", "there is no context"],
  ["app ls --limit many", "--limit is a whole number"],
  ["app ls more", "one word too many"],
  ["app ls -o xml", "--output is table, wide, json, yaml"],
  ["app ls --timeout soon", "--timeout is a time such as 30s"],
  ["app ls --server ftp://x", "no address of a root"],
  ["s scale up nginx", "COUNT is missing"],
  ["s scale", "oak service scale COMMAND"],
  ["quux", "there are: app"],
])("oak %s is wrong use, and what is right is said", async (line, text) => {
  const { oak } = await aCli();
  const said = await oak(line, { env: { OAK_TOKEN: "t", OAK_CONTEXT: "" } });
  expect(said).toMatchObject({ code: 2, out: "" });
  expect(said.err).toContain(text);
});
