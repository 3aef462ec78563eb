import { readFile } from "node:fs/promises";
import type { CommandIo } from "./command.ts";
import { CliError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";

/** For commands that send a document. */
export const fileOption = {
  short: "f",
  value: "FILE",
  complete: "file",
  help: "the document in JSON or YAML; - is standard input",
} as const;

/** A document from a file, or from standard input for `-`. @throws CliError */
export async function readDocument(
  path: string,
  io: Pick<CommandIo, "readInput">,
): Promise<unknown> {
  const called = path === "-" ? "standard input" : path;
  const text = path === "-" ? await io.readInput() : await readText(path);
  if (text.trim() === "") throw invalid(`${called} is empty`, undefined);
  return parseDocument(text, called);
}

/** JSON or YAML: what begins like JSON is held to be JSON, so that its faults are told as such. @throws CliError */
export async function parseDocument(text: string, called: string): Promise<unknown> {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch (error) {
      // Flow style of YAML begins alike.
      if (called.endsWith(".json"))
        throw invalid(`${called} is not JSON: ${messageOf(error)}`, error);
    }
  }
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text, { merge: true });
  const [document] = documents;
  if (!Array.isArray(documents) || document === undefined || documents.length > 1) {
    throw invalid(`${called} holds several documents; give one at a time`, undefined);
  }
  const [fault] = document.errors;
  if (fault !== undefined) {
    const [{ line, col } = { line: 1, col: 1 }] = fault.linePos ?? [];
    const [what = ""] = fault.message.split(/ at line |\n/);
    throw invalid(
      `${called} is neither JSON nor YAML: line ${line}, column ${col}: ${what}`,
      fault,
    );
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(`${called} cannot be read: ${messageOf(error)}`, error);
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new CliError(`cannot read ${path} (${codeOf(cause)})`, { cause });
  });
}

function invalid(message: string, cause: unknown): CliError {
  return new CliError(message, { exitCode: exitCodes.refused, cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
}
