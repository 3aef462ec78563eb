import type { CommandIo } from "../command.ts";
import { oneLine } from "./harmless.ts";
import type { Paint } from "./paint.ts";

/** A line on standard error that moves while something is waited for. */
export interface Spinner {
  update(text: string): void;
  /** Takes the line away until the next turn, so that something else can be printed. */
  clear(): void;
  stop(): void;
}

export interface SpinnerLook {
  text: string;
  /** Off a terminal nothing is shown at all. */
  isShown: boolean;
  paint: Paint;
}

const turns = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const turnMs = 100;

export function createSpinner(io: CommandIo, { text, isShown, paint }: SpinnerLook): Spinner {
  if (!isShown) return { update: () => undefined, clear: () => undefined, stop: () => undefined };
  let shown = text;
  let turn = 0;
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) io.err("\r\u001b[K");
    isDrawn = false;
  };
  const draw = (): void => {
    const line = oneLine(shown).slice(0, (io.width ?? 80) - 3);
    io.err(`\r\u001b[K${paint("cyan", turns[turn % turns.length] ?? "")} ${line}`);
    isDrawn = true;
    turn += 1;
  };
  // Nothing is drawn before the first turn: what is quick needs no spinner.
  const timer = setInterval(draw, turnMs);
  return {
    update: (next) => {
      shown = next;
    },
    clear,
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}
