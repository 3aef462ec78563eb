import { expect, test } from "vitest";
import { dockerAddress } from "../lib/docker-address.mjs";
import { isStatic } from "../lib/docker-engine.mjs";
import { checkNode } from "../lib/packages.mjs";
import { run } from "../lib/run.mjs";

test.each(["20.19.0", "20.20.2", "22.1.0", "24.0.0"])("Node %s is new enough", (version) => {
  expect(() => checkNode(version)).not.toThrow();
});

test.each(["18.20.4", "20.18.3"])(
  "Node %s is refused, and the sentence says what is needed",
  (version) => {
    expect(() => checkNode(version)).toThrow(/Node 20\.19 or newer is needed/);
  },
);

test("Docker is looked for where DOCKER_HOST points", () => {
  expect(dockerAddress(undefined)).toEqual({ socketPath: "/var/run/docker.sock" });
  expect(dockerAddress("")).toEqual({ socketPath: "/var/run/docker.sock" });
  expect(dockerAddress("unix:///run/other.sock")).toEqual({ socketPath: "/run/other.sock" });
  expect(dockerAddress("tcp://10.0.0.7:2376")).toEqual({ host: "10.0.0.7", port: 2376 });
  expect(dockerAddress("tcp://engine")).toEqual({ host: "engine", port: 2375 });
});

test("a program that needs libraries, or is not there, is none that images can be made of", () => {
  expect(isStatic(process.execPath)).toBe(false);
  expect(isStatic("/no/such/busybox")).toBe(false);
  expect(isStatic("/bin/busybox")).toBe(true);
});

test("a program that does not exist is exit code 127, as in a shell", async () => {
  const { code, output } = await run(["no-such-program"]);
  expect(code).toBe(127);
  expect(output).toContain("no-such-program");
});

test("what a command prints is captured line by line", async () => {
  const lines: string[] = [];
  const { code, output } = await run(["sh", "-c", "echo one; echo two >&2; exit 3"], {
    onLine: (line) => lines.push(line),
  });
  expect(code).toBe(3);
  expect(output.split("\n").toSorted()).toEqual(["", "one", "two"]);
  expect(lines.length).toBeGreaterThan(0);
});
