import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked, ok, warn } from "../finding.ts";
import type { NoAnswer } from "../probes.ts";
import { readinessFindings } from "./readiness.ts";
import { type Row, rowOf, rowsOf, textOf } from "./rows.ts";

export interface Agent {
  service: string;
  unit: string;
  /** Its health socket: `unix:/path`, or `http://host:port`. */
  health: string;
}

/** Whether an agent of a worker is ready, by what it says on this machine. */
export function agentCheck({ service, unit, health }: Agent): Check {
  return check(service, async (probes) => {
    const ready = await probes.http({ base: health, path: "/readyz" });
    if (ready.kind === "answer") return readinessFindings(service, ready);
    return [silentAgent(service, { at: health, unit }, ready)];
  });
}

/** How net-manager stands: its own `status`. */
export function networkCheck(
  socket: string,
  { unit, isNeeded }: { unit: string; isNeeded: boolean },
): Check {
  const name = "net-manager status";
  return check(name, async (probes) => {
    const base = `unix:${socket}`;
    const answer = await probes.http({ base, path: "/status" });
    if (answer.kind === "absent" && !isNeeded) {
      const remedy =
        "Install and start net-manager if workloads are to have addresses of their own";
      return [warn(name, "there is none: workloads publish ports by Docker alone", remedy)];
    }
    if (answer.kind !== "answer") return [silentAgent(name, { at: base, unit }, answer)];
    return judgeNetwork(rowOf(answer.body));
  });
}

function silentAgent(
  name: string,
  { at, unit }: { at: string; unit: string },
  { kind, detail }: NoAnswer,
): Finding {
  if (kind === "denied") return notChecked(name, `this user may not ask ${at}; run this as root`);
  const found =
    kind === "timeout" ? `${at} does not answer in time` : `nothing answers on ${at} (${detail})`;
  return fault(
    name,
    found,
    `systemctl restart ${unit}; why it does not run: journalctl --unit ${unit} --lines 50`,
  );
}

export function judgeNetwork(status: Row): Finding[] {
  const name = "net-manager status";
  const found: Finding[] = [];
  if (status["registered"] !== true) {
    found.push(
      fault(name, "no node-engine has registered with it", "systemctl restart nodeengine"),
    );
  } else if (status["isConnected"] !== true) {
    found.push(
      fault(
        name,
        "it has no connection to the broker of the cluster",
        "See 10003/tcp of the cluster above",
      ),
    );
  }
  if (status["subnetConflict"] !== undefined) {
    found.push(
      fault(
        name,
        `the cluster leases ${textOf(status["subnetConflict"])}, and instances are attached in another subnet`,
        "Move the instances off this worker and restart netmanager",
      ),
    );
  }
  found.push(...tunnelFindings(status));
  if (found.length > 0) return found;
  return [ok(name, `${textOf(status["attached"]) || "0"} workloads attached`)];
}

function tunnelFindings(status: Row): Finding[] {
  const wireguard = status["wireguard"];
  const reason = textOf(rowOf(wireguard)["reason"]);
  const broken = rowsOf(status["tunnels"]).filter(
    ({ tunnel, state }) => tunnel === "none" || state === "unreachable",
  );
  const found = broken.map((one) =>
    warn(
      "tunnel",
      `no way to the worker at ${textOf(one["host"])}${because(one["warning"])}`,
      "Let 50103/udp (VXLAN) and 50104/udp (WireGuard) through on one of both sides",
    ),
  );
  if (reason === "") return found;
  const remedy = "apt-get install wireguard-tools wireguard-go, or a kernel with WireGuard";
  return [warn("wireguard", `no encrypted tunnels: ${reason}`, remedy), ...found];
}

function because(reason: unknown): string {
  return reason === undefined ? "" : `: ${textOf(reason)}`;
}
