import type { Command, CommandInput, CommandIo } from "../command.ts";
import { UsageError } from "../errors.ts";
import { textOf } from "../input.ts";
import { escapedJson, harmless, oneLine, withoutPower } from "./harmless.ts";
import { type Colour, createPaint, type Paint } from "./paint.ts";
import { createSpinner, type Spinner } from "./spinner.ts";
import { type Column, renderFields, renderTable } from "./table.ts";

export type Format = "table" | "wide" | "json" | "yaml";

export interface ListLook<Item> {
  columns: readonly Column<Item>[];
  /** What `-q` prints, one a line. */
  nameOf(item: Item): string;
  /** Told to a person in place of an empty table. */
  ifEmpty?: string;
  /** All columns, also without `-o wide`. */
  isWide?: boolean;
  /** What `-o json` prints, when that is not the items themselves. */
  answer?: unknown;
}

export interface PaintedLine {
  text: string;
  colour?: Colour | undefined;
  /** Spaces before it */
  indent?: number;
}

export type Fields = readonly (readonly [string, string | number | boolean | null | undefined])[];

/** What a command says. Answers go to standard output in the wanted format, all else to standard error. */
export interface Output {
  format: Format;
  /** Whether a program reads: `-o json` or `-o yaml`. */
  isForPrograms: boolean;
  isWide: boolean;
  isQuiet: boolean;
  /** Whether output may be redrawn: a table on a terminal. */
  isLive: boolean;
  hasColours: boolean;
  paint: Paint;
  /** A list: a table, or the items exactly as they were answered. */
  list<Item>(items: readonly Item[], look: ListLook<Item>): Promise<void>;
  /** One thing: labels and values, or the answer exactly. */
  show(answer: unknown, fields: () => Fields): Promise<void>;
  /** An answer alone, in JSON or YAML also without `-o`. */
  document(answer: unknown): Promise<void>;
  /** That something was done: one sentence to a person (not with -q), the answer to a program. */
  done(sentence: string, answer: unknown): Promise<void>;
  /** Text for a person, harmless and with its line feeds; nothing is added. */
  text(text: string): void;
  /** Lines for a person, each in its colour; what others have written in them can do no harm. */
  lines(lines: readonly PaintedLine[]): void;
  /** One line on what happens, beside the answer; not with -q. */
  note(line: string): void;
  /** What a person should know even with -q. */
  warn(line: string): void;
  /** Tells what is waited for, on a terminal alone. */
  spinner(text: string): Spinner;
  /** Takes away what moves. */
  end(): void;
}

export interface OutputLook {
  format: Format;
  isQuiet: boolean;
  hasColours: boolean;
}

/** @throws UsageError */
export function formatOf(command: Pick<Command, "options">, input: CommandInput): Format {
  // A command with an output option of its own reads it itself.
  if (command.options["output"] !== undefined) return "table";
  const format = textOf(input, "output") ?? "table";
  if (isFormat(format)) return format;
  throw new UsageError(`--output is ${formats.join(", ")}, not ${JSON.stringify(format)}`);
}

export function createOutput(io: CommandIo, { format, isQuiet, hasColours }: OutputLook): Output {
  const paint = createPaint(hasColours);
  const isForPrograms = format === "json" || format === "yaml";
  const isWide = format === "wide";
  let spinner: Spinner | undefined;
  const print = (text: string): void => {
    spinner?.clear();
    io.out(text);
  };
  const printDocument = async (answer: unknown): Promise<void> => {
    print(await documentText(answer, format));
  };
  const say = (line: string): void => {
    spinner?.clear();
    io.err(`${oneLine(line)}\n`);
  };
  return {
    format,
    isForPrograms,
    isWide,
    isQuiet,
    isLive: io.isTerminal && !isForPrograms && !isQuiet,
    hasColours,
    paint,
    list: async (items, { columns, nameOf, ifEmpty, answer, isWide: isAll = isWide }) => {
      if (isForPrograms) return printDocument(answer ?? items);
      if (isQuiet) return print(items.map((item) => `${oneLine(nameOf(item))}\n`).join(""));
      if (items.length === 0 && ifEmpty !== undefined) return say(ifEmpty);
      const room = isAll ? undefined : io.width;
      print(renderTable(items, columns, { isWide: isAll, paint, width: room }));
    },
    show: async (answer, fields) => {
      if (isForPrograms) return printDocument(answer);
      print(renderFields(fields(), paint));
    },
    document: printDocument,
    done: async (sentence, answer) => {
      if (isForPrograms) return printDocument(answer);
      if (!isQuiet) print(`${oneLine(sentence)}\n`);
    },
    text: (text) => print(harmless(text)),
    lines: (lines) => {
      const shown = lines.map(
        ({ text, colour, indent = 0 }) =>
          `${" ".repeat(indent)}${paint(colour, withoutPower(text))}\n`,
      );
      print(shown.join(""));
    },
    note: (line) => {
      if (!isQuiet) say(line);
    },
    warn: (line) => say(`${line}`),
    spinner: (text) => {
      spinner?.stop();
      spinner = createSpinner(io, { text, isShown: io.isErrTerminal && !isQuiet, paint });
      return spinner;
    },
    end: () => spinner?.stop(),
  };
}

const formats = ["table", "wide", "json", "yaml"] as const;

function isFormat(text: string): text is Format {
  return formats.some((one) => one === text);
}

async function documentText(answer: unknown, format: Format): Promise<string> {
  if (format === "yaml") return (await import("./yaml-text.ts")).yamlText(answer);
  return `${escapedJson(JSON.stringify(answer, null, 2) ?? "null")}\n`;
}
