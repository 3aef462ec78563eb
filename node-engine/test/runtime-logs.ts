import { expect, test } from "vitest";
import { entriesAfter, type LogEntry, linesOf } from "../src/domain/log-entries.ts";
import type { ObservedWorkload } from "../src/domain/workload.ts";
import type { LogQuery, Runtime } from "../src/ports.ts";
import type { AssignmentOverrides, JobOverrides } from "./builders.ts";

export interface LogSubject {
  runtime(): Runtime;
  /** `inOrder`: those lines that it prints one after the other on one way; what comes on another one may overtake them. */
  printing(): { job: JobOverrides; lines: readonly string[]; inOrder: readonly string[] };
  startOne(overrides: AssignmentOverrides): Promise<ObservedWorkload>;
  kill(handle: string): Promise<void>;
  eventually(check: () => unknown): Promise<unknown>;
}

/** The part of the contract of a runtime that is about logs. */
export function describeLogs(subject: LogSubject): void {
  const { runtime, printing, eventually } = subject;
  const read = async (handle: string, query: Partial<LogQuery> = {}): Promise<LogEntry[]> => {
    const entries: LogEntry[] = [];
    const whole = { follow: false, signal: new AbortController().signal, ...query };
    for await (const entry of runtime().logs(handle, whole)) entries.push(entry);
    return entries;
  };
  const textOf = (entries: readonly LogEntry[]): string =>
    Buffer.concat(entries.map(({ bytes }) => bytes)).toString();
  const startPrinting = async (): Promise<{ handle: string; text: string }> => {
    const { handle } = await subject.startOne({ job: printing().job });
    const text = printing()
      .lines.map((line) => `${line}\n`)
      .join("");
    await eventually(async () =>
      expect(
        textOf(await read(handle))
          .split("\n")
          .toSorted(),
      ).toEqual(text.split("\n").toSorted()),
    );
    return { handle, text };
  };

  test("what it printed is told with the time of each line, which grows", async () => {
    const { handle } = await startPrinting();
    const entries = await read(handle);
    const { inOrder } = printing();
    const ordered = entries.filter(({ bytes }) => inOrder.includes(bytes.toString().trimEnd()));
    expect(textOf(ordered)).toBe(inOrder.map((line) => `${line}\n`).join(""));
    const times = ordered.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    for (const { at } of entries) expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });

  test("only the end of it can be asked for, or what came later", async () => {
    const { handle } = await startPrinting();
    const all = await read(handle);
    expect(await read(handle, { tail: 1 })).toEqual(all.slice(-1));
    expect(await read(handle, { tail: 0 })).toEqual([]);
    const lastMs = Date.parse(all.at(-1)?.at ?? "");
    expect(await read(handle, { sinceMs: lastMs + 1_000 })).toEqual([]);
    expect(await read(handle, { sinceMs: lastMs - 60_000 })).toEqual(all);
  });

  test("followed, it ends with the run; the next run is added to what there is", async () => {
    const { handle, text } = await startPrinting();
    const following = read(handle, { follow: true });
    await subject.kill(handle);
    expect(textOf(await following)).toHaveLength(text.length);

    await runtime().startWorkload(handle);
    const place = { at: "", count: 0 };
    await eventually(async () => expect(textOf(await read(handle))).toHaveLength(2 * text.length));
    const first = runtime().logs(handle, {
      follow: false,
      tail: 1,
      signal: new AbortController().signal,
    });
    for await (const _entry of entriesAfter(place, first));
    expect(place.count).toBeGreaterThan(0);
  });

  test("followed, it ends when nobody listens any more", async () => {
    const { handle } = await startPrinting();
    const gone = new AbortController();
    const following = read(handle, { follow: true, signal: gone.signal });
    gone.abort();
    expect((await following).length).toBeLessThanOrEqual(printing().lines.length);
  });

  test("of what is gone there is no log", async () => {
    const { handle } = await startPrinting();
    await runtime().remove(handle);
    await expect(read(handle)).rejects.toMatchObject({ fault: { reason: "workload_gone" } });
  });

  test("as lines, with times in front", async () => {
    const { handle, text } = await startPrinting();
    const entries = runtime().logs(handle, { follow: false, signal: new AbortController().signal });
    const lines: Buffer[] = [];
    for await (const line of linesOf(entries, { timestamps: true })) lines.push(line);
    const read = Buffer.concat(lines).toString();
    expect(read.replaceAll(/^\S+Z /gm, "")).toHaveLength(text.length);
  });
}
