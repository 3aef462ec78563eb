import type { NoAnswer } from "../doctor/probes.ts";

const kinds: Readonly<Record<string, NoAnswer["kind"]>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ENOENT: "absent",
  EACCES: "denied",
  EPERM: "denied",
};

/** What an error of a socket says. */
export function faultOf(error: unknown): NoAnswer {
  const code = codeOf(error);
  const detail = code ?? (error instanceof Error ? error.message : String(error));
  return { kind: kinds[code ?? ""] ?? "broken", detail };
}

/** Several addresses were tried: what the first one said counts. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
