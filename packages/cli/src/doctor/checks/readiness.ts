import { type Finding, fault, notChecked, ok } from "../finding.ts";
import type { HttpAnswer, Outcome } from "../probes.ts";

/** What to do when a part of a service is not ready, by the name of its own check. */
const remedies: Readonly<Record<string, string>> = {
  database:
    "See that its database runs and is reached (MONGO_URL, docker compose ps), and that its disk has room",
  accounts: "See its database first; the first account is made when that answers",
  placer: "See the root's resource abstractor and its database; it waits until it can read them",
  state: "See the cluster's resource abstractor and its database; it waits until it can read them",
  services: "See the tier's resource abstractor; what is deployed is read from there",
  resource_abstractor:
    "See that the resource abstractor runs, and RESOURCE_ABSTRACTOR_URL and _PORT",
  scheduler: "See that the scheduler runs, and CLUSTER_SCHEDULER_URL and _PORT",
  candidates: "See that the resource abstractor runs, and RESOURCE_ABSTRACTOR_URL and _PORT",
  broker:
    "See that the MQTT broker runs, MQTT_BROKER_URL and _PORT, and that all have the same OAK_TIER_SECRET",
  registration: "See the address of the cluster (OAK_CLUSTER_ADDRESS) and OAK_WORKER_JOIN_SECRET",
  mqtt: "See that this worker reaches port 10003 of its cluster, and that the broker runs",
  runtime: "See that Docker runs (systemctl status docker) and that this user may use its socket",
  network:
    "See that net-manager runs (systemctl status netmanager), and that the node-engine has joined its cluster",
  running: "It is stopping; start it again if nobody wanted that",
};

/** One line for a service that is ready; else one for each reason that it gives. */
export function readinessFindings(service: string, outcome: Outcome<HttpAnswer>): Finding[] {
  const name = `${service} ready`;
  if (outcome.kind !== "answer")
    return [notChecked(name, `/readyz did not answer: ${outcome.detail}`)];
  const checks = checksOf(outcome.body);
  const failed = checks.filter(({ reason }) => reason !== undefined);
  if (failed.length > 0) return failed.map((one) => failedFinding(service, one));
  if (outcome.status === 200) return [ok(name, namesOf(checks))];
  return [notChecked(name, `/readyz answers ${outcome.status} and gives no reason`)];
}

interface Readiness {
  name: string;
  /** Absent: ready. */
  reason?: string;
}

function failedFinding(service: string, { name, reason = "" }: Readiness): Finding {
  const remedy = remedies[name] ?? `See the log of ${service}`;
  return fault(`${service} ${name.replaceAll("_", " ")}`, reason, remedy);
}

function checksOf(body: unknown): Readiness[] {
  const checks: unknown =
    typeof body === "object" && body !== null ? Reflect.get(body, "checks") : {};
  return Object.entries(checks ?? {}).map(([name, result]: [string, unknown]) => {
    if (typeof result !== "object" || result === null) return { name };
    if (Reflect.get(result, "ok") === true) return { name };
    return { name, reason: String(Reflect.get(result, "reason") ?? "not ready") };
  });
}

function namesOf(checks: readonly Readiness[]): string {
  return checks.map(({ name }) => name.replaceAll("_", " ")).join(", ") || "yes";
}
