import { parseJsonBody } from "@oak/kit";

/** What the answer to a `pre_` event asks for. */
export type PreAnswer =
  | { kind: "replace"; data: Record<string, unknown> }
  /** nothing to say, or nothing that can be understood */
  | { kind: "keep"; reason?: string }
  | { kind: "refuse"; message: string }
  | { kind: "failed"; reason: string };

const longestMessage = 500;

/**
 * Only 403 with a `message` in JSON refuses a write: every other status may come from a proxy, or from a receiver that
 * is broken, and then the write goes on as it was (upstream).
 */
export function readPreAnswer({ status, text }: { status: number; text: string }): PreAnswer {
  if (status === 403) {
    const message = messageOf(text);
    if (message !== undefined) return { kind: "refuse", message };
  }
  if (status < 200 || status > 299) return { kind: "failed", reason: `answered ${status}` };
  if (text.trim() === "") return { kind: "keep" };
  const data = objectOf(text);
  if (data === undefined) return { kind: "keep", reason: "the answer is no JSON object" };
  return { kind: "replace", data };
}

function messageOf(text: string): string | undefined {
  const message: unknown = objectOf(text)?.["message"];
  if (typeof message !== "string") return undefined;
  const line = message.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return line === "" ? undefined : line.slice(0, longestMessage);
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseJsonBody(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
