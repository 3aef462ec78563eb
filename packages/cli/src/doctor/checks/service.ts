import { endpointOf } from "@oak/kit/address-reach";
import { type Check, check } from "../check.ts";
import { type Finding, fault, ok, warn } from "../finding.ts";
import type { HttpAnswer, Outcome, Probes } from "../probes.ts";
import { type Endpoint, inUse, unanswered } from "./no-answer.ts";
import { readinessFindings } from "./readiness.ts";

/** A service of ours that answers by HTTP. */
export interface ExpectedService extends Endpoint {
  /** What `/livez` says. */
  service: string;
}

const tooFarMs = { warn: 5_000, fault: 60_000 } as const;

/** Who answers on the port, whether it is ready, and whether its clock agrees. */
export function serviceCheck(expected: ExpectedService): Check {
  const name = `${expected.service} ${expected.port}/tcp`;
  return check(name, async (probes) => {
    const base = baseOf(expected);
    const askedMs = probes.nowMs();
    const lives = await probes.http({ base, path: "/livez" });
    const answeredMs = probes.nowMs();
    const port = portFinding(name, expected, lives);
    if (port.status === "fault" || lives.kind !== "answer") return [port];
    const ready = await probes.http({ base, path: "/readyz" });
    return [
      port,
      ...readinessFindings(expected.service, ready),
      ...clockFindings(expected.service, lives, { askedMs, answeredMs }),
    ];
  });
}

/** Somebody who tells at `/livez` of which version it is. */
export interface Teller {
  service: string;
  base: string;
}

/** That all services that answer are of one version. */
export function versionsCheck(services: readonly Teller[]): Check {
  return check("versions", async (probes) => {
    const told = await Promise.all(services.map((one) => versionOf(probes, one)));
    const known = told.filter(({ version }) => version !== undefined);
    if (known.length < 2) return [];
    const versions = new Set(known.map(({ version }) => version));
    const list = known.map(({ service, version }) => `${service} ${version}`).join(", ");
    if (versions.size === 1) return [ok("versions", `all ${[...versions].join()}`)];
    return [
      warn(
        "versions",
        list,
        "Bring all parts to one version; parts of a tier are upgraded together",
      ),
    ];
  });
}

export function baseOf({ host, port }: { host: string; port: number }): string {
  return `http://${endpointOf(host, port)}`;
}

/** What `/livez` says of itself; undefined for whatever is no program of ours. */
export function identityOf(
  body: unknown,
): { service: string | undefined; version: string } | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  if (Reflect.get(body, "status") !== "alive") return undefined;
  const service: unknown = Reflect.get(body, "service");
  const version: unknown = Reflect.get(body, "version");
  return {
    service: typeof service === "string" ? service : undefined,
    version: typeof version === "string" ? version : "of an older version",
  };
}

function portFinding(
  name: string,
  expected: ExpectedService,
  outcome: Outcome<HttpAnswer>,
): Finding {
  if (outcome.kind !== "answer") return unanswered(name, expected, outcome);
  const at = endpointOf(expected.host, expected.port);
  const identity = identityOf(outcome.body);
  if (identity === undefined) {
    return fault(name, `a program that is none of ours answers at ${at}`, inUse(expected.port));
  }
  const { service = expected.service, version } = identity;
  if (service !== expected.service) {
    const found = `${service} answers at ${at}, not ${expected.service}`;
    return fault(
      name,
      found,
      "Ports are mixed up: see the options of this command and the ports that the services were given",
    );
  }
  return ok(name, `${service} ${version} answers at ${at}`);
}

/** The header has whole seconds, so that one of difference says nothing. */
function clockFindings(
  service: string,
  { dateMs }: HttpAnswer,
  { askedMs, answeredMs }: { askedMs: number; answeredMs: number },
): Finding[] {
  if (dateMs === undefined) return [];
  const name = `${service} clock`;
  const behindMs = askedMs - 1_000 - dateMs;
  const aheadMs = dateMs - answeredMs;
  const offMs = Math.max(behindMs, aheadMs, 0);
  if (offMs <= tooFarMs.warn) return [ok(name, "agrees with this machine")];
  const word = aheadMs > behindMs ? "ahead of" : "behind";
  const found = `${Math.round(offMs / 1_000)} s ${word} this machine`;
  const remedy = "Let both machines keep time (timedatectl set-ntp true, or chrony)";
  return [offMs > tooFarMs.fault ? fault(name, found, remedy) : warn(name, found, remedy)];
}

async function versionOf(probes: Probes, { service, base }: Teller) {
  const lives = await probes.http({ base, path: "/livez" });
  const identity = lives.kind === "answer" ? identityOf(lives.body) : undefined;
  return { service, version: identity?.version };
}
