import type { HttpAnswer, HttpQuestion, Outcome, Probes } from "../src/doctor/probes.ts";

/** For tests: a world in which there is what a test says, and nothing else. */
export interface FakeWorld {
  /** Answers by `base + path`; what is not in it refuses. */
  http?: Readonly<Record<string, Outcome<HttpAnswer> | object>>;
  broker?: Awaited<ReturnType<Probes["broker"]>>;
  names?: Readonly<Record<string, readonly string[]>>;
  own?: readonly string[];
  /** Contents of files that can be read. */
  texts?: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, Awaited<ReturnType<Probes["file"]>>>>;
  programs?: Readonly<Record<string, Partial<Awaited<ReturnType<Probes["program"]>>>>>;
  freeBytes?: number;
}

export const fakeNowMs = Date.parse("2026-01-01T12:00:00Z");

/** An answer with the body; 200 and a clock that agrees unless said otherwise. */
export function answer(body: unknown, more: Partial<HttpAnswer> = {}): Outcome<HttpAnswer> {
  return { kind: "answer", status: 200, body, dateMs: fakeNowMs, ...more };
}

export function createFakeProbes(world: FakeWorld = {}): Probes & { asked: HttpQuestion[] } {
  const asked: HttpQuestion[] = [];
  return {
    asked,
    http: async (question) => {
      asked.push(question);
      const found = world.http?.[`${question.base}${question.path}`];
      if (found === undefined) return { kind: "refused", detail: "ECONNREFUSED" };
      return "kind" in found ? (found as Outcome<HttpAnswer>) : answer(found);
    },
    broker: async () => world.broker ?? { kind: "refused", detail: "ECONNREFUSED" },
    resolve: async (host) => world.names?.[host] ?? [],
    ownAddresses: () => world.own ?? [],
    file: async (path) => world.files?.[path],
    read: async (path) => world.texts?.[path],
    program: async (name) => {
      const found = world.programs?.[name];
      return found && { code: 0, stdout: "", stderr: "", ...found };
    },
    space: async () =>
      world.freeBytes === undefined
        ? undefined
        : { freeBytes: world.freeBytes, totalBytes: 1024 ** 4 },
    nowMs: () => fakeNowMs,
  };
}
