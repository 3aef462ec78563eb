import { endpointOf } from "@oak/kit/address-reach";
import { type Finding, fault } from "../finding.ts";
import type { NoAnswer } from "../probes.ts";

export interface Endpoint {
  host: string;
  port: number;
  /** How it is started, as a sentence. */
  start: string;
}

/** Why nobody answered, and what is usually behind it. */
export function unanswered(
  check: string,
  { host, port, start }: Endpoint,
  { kind, detail }: NoAnswer,
): Finding {
  const at = endpointOf(host, port);
  switch (kind) {
    case "refused":
      return fault(check, `nothing listens at ${at}`, start);
    case "timeout":
      return fault(
        check,
        `no answer from ${at} in time`,
        `Let ${port}/tcp through the firewalls on the way, and see whether ${host} is the right machine`,
      );
    case "unresolved":
      return fault(
        check,
        `the name ${host} is not known here (no such host)`,
        "Give the address in its place, or put the name into DNS or /etc/hosts",
      );
    case "unreachable":
      return fault(
        check,
        `no way leads to ${at} (${detail})`,
        "See the routes and addresses of both machines (ip route, ip address)",
      );
    case "absent":
    case "denied":
    case "broken":
      return fault(
        check,
        `something at ${at} does not speak as it should (${detail})`,
        inUse(port),
      );
  }
}

/** A port that somebody else has. */
export function inUse(port: number): string {
  return `The port is in use by another program: see \`ss -ltnp "sport = :${port}"\`, and end that one or give this one another port`;
}
