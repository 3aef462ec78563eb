import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { escapedJson, harmless, oneLine, withoutPower } from "./harmless.ts";
import { createPaint } from "./paint.ts";
import { type Column, renderTable } from "./table.ts";
import { yamlText } from "./yaml-text.ts";

interface Row {
  name: string;
  count?: number;
}

const columns: readonly Column<Row>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "COUNT", isRight: true, of: ({ count }) => count },
  { title: "MORE", isWide: true, of: () => "x" },
  { title: "LAST", of: () => "end" },
];
const plain = { isWide: false, paint: createPaint(false), width: undefined };

test("columns stand below their titles, and no cell is empty", () => {
  expect(
    renderTable([{ name: "a", count: 12 }, { name: "日本" }, { name: " " }], columns, plain),
  ).toBe(
    ["NAME  COUNT  LAST", "a        12  end", "日本      -  end", "-         -  end", ""].join(
      "\n",
    ),
  );
});

test("all columns with wide, and lines as long as the terminal is wide", () => {
  expect(renderTable([{ name: "a" }], columns, { ...plain, isWide: true })).toContain("MORE");
  const narrow = renderTable([{ name: "abcdefghijkl" }], columns, { ...plain, width: 8 });
  expect(narrow.split("\n")[1]).toBe("abcdefg…");
});

test("whatever a cell says, a table has a line for each item, and nothing that a terminal obeys", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (names) => {
      const lines = renderTable(
        names.map((name) => ({ name })),
        columns,
        plain,
      ).split("\n");
      expect(lines).toHaveLength(names.length + 2);
      expect(lines.join("")).not.toMatch(/\p{Cc}/u);
    }),
  );
});

test("text of several lines keeps them, and loses its power", () => {
  expect(harmless("a\tb\r\nc\u001b[2Jd\u009b1m")).toBe("a\tb\nc^[[2Jd\ufffd1m");
  expect(oneLine(" a\n\u202eb ")).toBe("a b");
});

test("a line that was aligned stays so", () => {
  expect(withoutPower("a   b\u001b[2J\r\nc\u202e")).toBe("a   b [2J  c");
});

test("JSON and YAML say exactly what was answered, with nothing that a terminal obeys", () => {
  const hostile = fc.array(
    fc.constantFrom("\u009b", "\u007f", "\u202e", "\\", '"', "\n", ": a", "é"),
  );
  const text = hostile.map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.dictionary(text, text), (answer) => {
      const json = escapedJson(JSON.stringify(answer));
      const yaml = yamlText(answer);
      expect(JSON.parse(json)).toEqual(answer);
      expect(parse(yaml)).toEqual(answer);
      expect(json + yaml).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    }),
  );
});
