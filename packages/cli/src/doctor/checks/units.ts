import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked, ok, warn } from "../finding.ts";

const restartsThatMatter = 3;

/** A systemd unit of a worker: there, active, and not starting again and again. */
export function unitCheck(unit: string): Check {
  return check(unit, async (probes) => {
    const wanted = "LoadState,ActiveState,SubState,NRestarts,UnitFileState";
    const shown = await probes.program("systemctl", "show", unit, `--property=${wanted}`);
    if (shown === undefined) return [notChecked(unit, "there is no systemd on this machine")];
    if (shown.code !== 0)
      return [notChecked(unit, shown.stderr.trim() || "systemd does not answer")];
    return judge(unit, propertiesOf(shown.stdout));
  });
}

function judge(unit: string, facts: ReadonlyMap<string, string>): Finding[] {
  const of = (key: string): string => facts.get(key) ?? "";
  const restarts = Number(of("NRestarts"));
  const log = `journalctl --unit ${unit} --lines 50`;
  if (of("LoadState") !== "loaded") {
    return [fault(unit, "it is not installed", "Run scripts/install-worker.sh")];
  }
  if (of("SubState") === "auto-restart") {
    return [fault(unit, `it starts again and again (${restarts} times)`, `See why: ${log}`)];
  }
  if (of("ActiveState") !== "active") {
    return [
      fault(unit, `it is ${of("ActiveState")}`, `systemctl start ${unit}; why it ended: ${log}`),
    ];
  }
  if (restarts >= restartsThatMatter) {
    return [warn(unit, `active, after ${restarts} restarts`, `See why: ${log}`)];
  }
  if (of("UnitFileState") === "disabled") {
    return [warn(unit, "active, and not started at boot", `systemctl enable ${unit}`)];
  }
  return [ok(unit, "active")];
}

function propertiesOf(text: string): Map<string, string> {
  const pairs = text.split("\n").map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  return new Map(pairs);
}
