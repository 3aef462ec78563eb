import pc from "picocolors";

/** One line a step: what is done, then how long it took. On a terminal the line shows that it lives. */
export interface Progress {
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  say(text: string): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;

export function createProgress(out: NodeJS.WriteStream): Progress {
  const say = (text: string): void => {
    out.write(`${text}\n`);
  };
  const seconds = (sinceMs: number): string =>
    `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
  return {
    say,
    step: async (title, work) => {
      const sinceMs = performance.now();
      let last = "";
      let frame = 0;
      const draw = (): void => {
        frame = (frame + 1) % FRAMES.length;
        out.write(`\r\x1b[2K${pc.cyan(FRAMES[frame] ?? "")} ${title} ${pc.dim(last)}`);
      };
      const timer = out.isTTY ? setInterval(draw, FRAME_MS) : undefined;
      const end = (mark: string): void => {
        clearInterval(timer);
        out.write(`${out.isTTY ? "\r\x1b[2K" : ""}${mark} ${title} ${pc.dim(seconds(sinceMs))}\n`);
      };
      const note = (text: string): void => {
        if (text === last) return;
        last = text;
        if (!out.isTTY) say(`  ${text}`);
      };
      try {
        const result = await work(note);
        end(pc.green("✓"));
        return result;
      } catch (error) {
        end(pc.red("✗"));
        throw error;
      }
    },
  };
}
