import { styleText } from "node:util";
import type { Finding, FindingStatus } from "./finding.ts";

export interface Diagnosis {
  target: string;
  address: string;
  findings: readonly Finding[];
}

const colours = { ok: "green", warn: "yellow", fault: "red", "not checked": "gray" } as const;

/** One line a finding: status, what was looked at, what was found, and what to do about it. */
export function renderLines(diagnosis: Diagnosis, { isTerminal }: { isTerminal: boolean }): string {
  const { findings } = diagnosis;
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.map(({ status, check, found, remedy }) => {
    const shown = status.padEnd("not checked".length);
    // Whether there is a person at the other end was asked already.
    const word = isTerminal ? styleText(colours[status], shown, { validateStream: false }) : shown;
    const advice = remedy === undefined ? "" : ` -> ${remedy}`;
    return `${word}  ${check.padEnd(width)}  ${oneLine(found)}${advice}\n`;
  });
  return `${lines.join("")}${summaryOf(diagnosis)}\n`;
}

/** For programs. */
export function renderJson(diagnosis: Diagnosis): string {
  const { target, address, findings } = diagnosis;
  const counts = { faults: countOf(findings, "fault"), warnings: countOf(findings, "warn") };
  return `${JSON.stringify({ target, address, ...counts, findings }, null, 2)}\n`;
}

export function countOf(findings: readonly Finding[], status: FindingStatus): number {
  return findings.filter((one) => one.status === status).length;
}

function summaryOf({ target, address, findings }: Diagnosis): string {
  const of = (status: FindingStatus): number => countOf(findings, status);
  const counts = [`${of("ok")} ok`, `${of("warn")} warnings`, `${of("fault")} faults`];
  return `${target} at ${address}: ${[...counts, `${of("not checked")} not checked`].join(", ")}`;
}

/** What others have written must not look like further lines, or move the cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
}
