import { expect, test } from "vitest";
import { createDockerRules, type Run } from "./rules-docker.ts";

/** `iptables` with Docker's chain, and a rule of somebody else in it. */
function fakeTables(rules: string[]): Run {
  return async (program, [, command, chain, ...rule]) => {
    if (program !== "iptables") throw new Error("No such program");
    const line = `-A ${chain} ${rule.map((word) => (word.includes(" ") ? `"${word}"` : word)).join(" ")}`;
    const at = rules.indexOf(line);
    if (command === "-S") return ["-N DOCKER-USER", ...rules].join("\n");
    if (command === "-I") rules.unshift(line);
    else if (at < 0) throw new Error("Bad rule");
    else if (command === "-D") rules.splice(at, 1);
    return "";
  };
}

const foreign = "-A DOCKER-USER -j RETURN";

test("rules are put in once, and only they are taken out", async () => {
  const rules = [foreign];
  const docker = createDockerRules(fakeTables(rules));
  await docker.add({ bridge: "oak0", tun: "oak-tun" });
  await docker.add({ bridge: "oak0", tun: "oak-tun" });
  expect(rules).toHaveLength(4);
  expect(rules.at(-1)).toBe(foreign);
  await docker.remove();
  expect(rules).toEqual([foreign]);
});

test("a host without Docker's chain is left alone", async () => {
  const commands: (string | undefined)[] = [];
  const docker = createDockerRules(async (_, [, command]) => {
    commands.push(command);
    throw new Error("No chain by that name");
  });
  await docker.add({ bridge: "oak0", tun: "oak-tun" });
  await docker.remove();
  expect(new Set(commands)).toEqual(new Set(["-S"]));
});
