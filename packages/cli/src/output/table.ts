import { oneLine } from "./harmless.ts";
import { type Colour, colourOfStatus, type Paint } from "./paint.ts";

/** One column of a list. */
export interface Column<Item> {
  title: string;
  /** What is absent is shown as `-`. */
  of(item: Item): string | number | boolean | null | undefined;
  /** With `-o wide` only. */
  isWide?: true;
  isRight?: true;
  colour?(text: string): Colour | undefined;
}

export interface TableLook {
  isWide: boolean;
  paint: Paint;
  /** Of the terminal: longer lines are cut there, never in a pipe. */
  width: number | undefined;
}

/** Titles and one line an item, columns aligned by spaces; no empty cell, so that `awk` finds each at its place. */
export function renderTable<Item>(
  items: readonly Item[],
  all: readonly Column<Item>[],
  { isWide, paint, width }: TableLook,
): string {
  const columns = all.filter((column) => isWide || column.isWide !== true);
  const rows = items.map((item) => columns.map((column) => cellOf(column, item)));
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ""))),
  );
  const lineOf = (cells: readonly string[], paintCell: (text: string, at: number) => string) => {
    let left = width ?? Number.POSITIVE_INFINITY;
    const shown = cells.map((cell, at) => {
      const room = Math.max(0, left);
      left -= (widths[at] ?? 0) + gap.length;
      const padded = at === cells.length - 1 ? cell : pad(cell, widths[at] ?? 0, columns[at]);
      return room === 0 ? "" : paintCell(cut(padded, room), at);
    });
    return shown.join(gap).trimEnd();
  };
  const lines = [
    lineOf(
      columns.map(({ title }) => title),
      (text) => paint("bold", text),
    ),
    ...rows.map((row) =>
      lineOf(row, (text, at) => paint(columns[at]?.colour?.(row[at] ?? ""), text)),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** Labels and values below each other. Lines of a value that has several stand below its first. */
export function renderFields(
  fields: readonly (readonly [string, string | number | boolean | null | undefined])[],
  paint: Paint,
): string {
  const width = Math.max(0, ...fields.map(([label]) => widthOf(label)));
  const lines = fields.map(([label, value]) => {
    const text = textOfCell(value);
    const colour = label === "status" ? colourOfStatus(text) : undefined;
    return `${label.padEnd(width)}${gap}${paint(colour, oneLine(text) || "-")}`;
  });
  return `${lines.join("\n")}\n`;
}

const gap = "  ";

function cellOf<Item>({ of }: Column<Item>, item: Item): string {
  return oneLine(textOfCell(of(item))) || "-";
}

function textOfCell(value: string | number | boolean | null | undefined): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  return value === undefined || value === null ? "-" : String(value);
}

/** Wide characters take two places; good enough for names. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += isWideCharacter(character) ? 2 : 1;
  return width;
}

function isWideCharacter(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    character,
  );
}

function pad(text: string, width: number, column: { isRight?: true } | undefined): string {
  const missing = " ".repeat(Math.max(0, width - widthOf(text)));
  return column?.isRight === true ? missing + text : text + missing;
}

function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  return room <= 1 ? text.slice(0, room) : `${text.slice(0, room - 1)}…`;
}
