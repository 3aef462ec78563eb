import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A value of a table as it stands in the file. */
export type Cell = string | number;

/** Where raw samples are kept, one file a run, so that anybody can compute other figures from them. */
export interface ResultFolder {
  /** Writes a table and answers its path. Rows have the keys of the first. */
  save(name: string, rows: readonly Readonly<Record<string, Cell>>[]): Promise<string>;
}

/** @param stamp tells runs apart in file names, for example a time */
export function createResultFolder(folder: string, stamp: string): ResultFolder {
  return {
    save: async (name, rows) => {
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${name}-${stamp}.csv`);
      await writeFile(path, toCsv(rows));
      return path;
    },
  };
}

export function toCsv(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => toField(row[column] ?? "")).join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

function toField(cell: Cell): string {
  const text = String(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
