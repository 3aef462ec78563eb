import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeAims, isMet } from "./aims.ts";
import { createResultFolder, toCsv } from "./result-folder.ts";
import { toCount, toFigure, toTextTable } from "./text-table.ts";

test("samples are kept as CSV with quotes where a field needs them", () => {
  const rows = [
    { name: "a,b", ms: 1.5 },
    { name: 'say "x"', ms: 2 },
  ];
  expect(toCsv(rows)).toBe('name,ms\n"a,b",1.5\n"say ""x""",2\n');
});

test("each run gets a file of its own in a folder that is made when needed", async () => {
  const parent = await mkdtemp(join(tmpdir(), "oak-bench-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  const path = await createResultFolder(join(parent, "deep"), "run-1").save("deploy", [{ ms: 3 }]);
  expect(path).toBe(join(parent, "deep", "deploy-run-1.csv"));
  expect(await readFile(path, "utf8")).toBe("ms\n3\n");
});

test("figures show three digits that count", () => {
  expect([0.1234, 1.234, 12.34, 123.4, 12_345].map(toFigure)).toEqual([
    "0.123",
    "1.23",
    "12.3",
    "123",
    "12,345",
  ]);
  expect([toFigure(0), toFigure(Number.NaN), toCount(50_000)]).toEqual(["0.00", "–", "50,000"]);
});

test("columns line up", () => {
  expect(
    toTextTable(
      ["what", "ms"],
      [
        ["a", "1"],
        ["long name", "100"],
      ],
    ),
  ).toBe("what        ms\na            1\nlong name  100");
});

test("an aim that is missed says so", () => {
  const aims = [
    { what: "quick", measured: 1.2, atMost: 1.3, unit: "×" },
    { what: "small", measured: 151, atMost: 150, unit: "MB" },
    { what: "much", measured: 0.8, atLeast: 0.9, unit: "" },
  ];
  expect(aims.map(isMet)).toEqual([true, false, false]);
  const [, quick = "", small = "", much = ""] = describeAims(aims).split("\n");
  expect(quick).toMatch(/1\.20 ×.*1\.30 ×.*met$/);
  expect(small).toMatch(/151 MB.*<= 150 MB.*MISSED$/);
  expect(much).toMatch(/0\.800.*>= 0\.900.*MISSED$/);
});
