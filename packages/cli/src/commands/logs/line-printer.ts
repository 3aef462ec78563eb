import type { CommandContext } from "../../command.ts";
import { harmless, oneLine } from "../../output/harmless.ts";
import type { Colour } from "../../output/paint.ts";
import { streamed } from "../../output/streamed.ts";
import type { LogLine } from "./log-line.ts";

export interface PrintLook {
  service: string;
  /** Before each line: of which instance it is. */
  hasPrefix: boolean;
  hasTimes: boolean;
}

export type PrintLine = (instance: number, line: LogLine) => Promise<void>;

const colours: readonly Colour[] = ["cyan", "green", "yellow", "bold"];

/** Lines for people, or with `-o json` for programs. On a terminal control characters are shown, and in a file kept. */
export function createLinePrinter(
  { io, out }: Pick<CommandContext, "io" | "out">,
  { service, hasPrefix, hasTimes }: PrintLook,
): PrintLine {
  const name = oneLine(service);
  return async (instance, { at, text }) => {
    if (out.isForPrograms) {
      io.out(await streamed({ service, instance, at: at ?? null, text }, out));
      return;
    }
    const whose = out.paint(colours[instance % colours.length], `[${name}.${instance}]`);
    const before = [hasPrefix ? whose : "", hasTimes ? (at ?? "") : ""].filter(Boolean);
    io.out(`${[...before, io.isTerminal ? harmless(text) : text].join(" ")}\n`);
  };
}
