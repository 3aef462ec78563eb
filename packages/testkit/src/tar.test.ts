import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { createTar } from "./tar.ts";

test("tar lists files, directories and links with their modes", () => {
  const archive = createTar([
    { path: "bin" },
    { path: "bin/tool", content: "x".repeat(700) },
    { path: "bin/sh", linkTo: "tool" },
    { path: "note.txt", content: "hello", mode: 0o644 },
  ]);

  const listing = execFileSync("tar", ["-tvf", "-"], { input: archive, encoding: "utf8" });

  const lines = listing
    .trim()
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " "));
  expect(lines).toEqual([
    expect.stringMatching(/^drwxr-xr-x .* bin\/?$/),
    expect.stringMatching(/^-rwxr-xr-x .* 700 .* bin\/tool$/),
    expect.stringMatching(/^lrwxrwxrwx|^lrwxr-xr-x .* bin\/sh -> tool$/),
    expect.stringMatching(/^-rw-r--r-- .* 5 .* note.txt$/),
  ]);
});

test("tar gives back the content of a file", () => {
  const archive = createTar([{ path: "a.txt", content: "content of a" }]);

  const content = execFileSync("tar", ["-xOf", "-", "a.txt"], { input: archive, encoding: "utf8" });

  expect(content).toBe("content of a");
});

test("a path that does not fit is refused", () => {
  expect(() => createTar([{ path: "p".repeat(101) }])).toThrow(RangeError);
});
