import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterEach } from "vitest";

/** Making namespaces is root's; elsewhere the tests that need them skip themselves. */
export const canMakeNamespaces = process.getuid?.() === 0;

export interface TestNamespace {
  path: string;
  /** Runs a program in it and answers what that printed. */
  run(program: string, ...args: string[]): string;
}

/** Answers a function that makes empty namespaces, which are gone after each test. */
export const testNamespaces = (): (() => TestNamespace) => {
  const made: string[] = [];
  afterEach(() => {
    for (const name of made.splice(0)) execFileSync("ip", ["netns", "delete", name]);
  });
  return () => {
    const name = `oakt-${randomBytes(4).toString("hex")}`;
    execFileSync("ip", ["netns", "add", name]);
    made.push(name);
    return {
      path: `/run/netns/${name}`,
      run: (program, ...args) =>
        execFileSync("ip", ["netns", "exec", name, program, ...args], { encoding: "utf8" }),
    };
  };
};
