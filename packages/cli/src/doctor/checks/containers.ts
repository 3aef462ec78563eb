import { isForThisMachineOnly } from "@oak/kit/address-reach";
import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked, ok, warn } from "../finding.ts";
import type { Probes } from "../probes.ts";
import { logFindings } from "./container-logs.ts";
import { secretFileCheck } from "./machine.ts";
import { type Row, rowOf, rowsOf, textOf } from "./rows.ts";

export interface ComposeParts {
  socket: string;
  /** Names of services in the compose file. */
  services: readonly string[];
}

const serviceLabel = "com.docker.compose.service";
const folderLabel = "com.docker.compose.project.working_dir";
const restartsThatMatter = 3;

/** The containers of a compose file of ours, if that is how the tier runs here. */
export function containersCheck({ socket, services }: ComposeParts): Check {
  return check("containers", async (probes) => {
    const base = `unix:${socket}`;
    const answer = await probes.http({ base, path: "/containers/json?all=1" });
    if (answer.kind !== "answer" || !Array.isArray(answer.body)) {
      return [notChecked("containers", "the Docker engine does not tell")];
    }
    const ours = rowsOf(answer.body).filter((one) => services.includes(labelOf(one, serviceLabel)));
    if (ours.length === 0) {
      return [notChecked("containers", `none of ${services.join(", ")} is a container here`)];
    }
    const found = await Promise.all(ours.map((one) => containerFindings(probes, base, one)));
    const files = new Set(ours.map((one) => labelOf(one, folderLabel)).filter((one) => one !== ""));
    const secrets = await Promise.all(
      [...files].map((one) => secretFileCheck(`${one}/.env`).run(probes)),
    );
    return [...found.flat(), ...secrets.flat()];
  });
}

async function containerFindings(probes: Probes, base: string, listed: Row): Promise<Finding[]> {
  const name = `container ${nameOf(listed)}`;
  const id = encodeURIComponent(textOf(listed["Id"]));
  const answer = await probes.http({ base, path: `/containers/${id}/json` });
  const facts = answer.kind === "answer" ? rowOf(answer.body) : {};
  const state = stateFinding(name, facts);
  const logs = await probes.http({
    base,
    path: `/containers/${id}/logs?stdout=1&stderr=1&tail=100&since=${sinceOf(probes)}`,
  });
  const text = logs.kind === "answer" ? textOf(logs.body) : "";
  return [state, ...environmentFindings(name, facts), ...logFindings(name, text, state.status)];
}

/** What was wrong before that may be over. */
const recentS = 120;

function sinceOf(probes: Probes): number {
  return Math.floor(probes.nowMs() / 1_000) - recentS;
}

function stateFinding(name: string, facts: Row): Finding {
  const state = rowOf(facts["State"]);
  const status = textOf(state["Status"]);
  const code = textOf(state["ExitCode"]);
  const restarts = Number(facts["RestartCount"] ?? 0);
  const log = `docker logs --tail 50 ${textOf(facts["Name"]).replace(/^\//, "")}`;
  if (status === "") return notChecked(name, "the Docker engine does not tell");
  if (state["OOMKilled"] === true) {
    return fault(
      name,
      "it was ended for want of memory",
      "Raise its mem_limit, or give the machine more memory",
    );
  }
  if (status === "restarting") {
    return fault(
      name,
      `it starts again and again (${restarts} times, exit code ${code})`,
      `See why: ${log}`,
    );
  }
  if (status !== "running") {
    return fault(
      name,
      `${status}, exit code ${code}`,
      `Start it (docker compose up -d); why it ended: ${log}`,
    );
  }
  const health = textOf(rowOf(state["Health"])["Status"]);
  if (health === "unhealthy") {
    return fault(name, "it runs and is not healthy", `See its /readyz above, and ${log}`);
  }
  if (restarts >= restartsThatMatter) {
    return warn(name, `it runs, after ${restarts} restarts`, `See why: ${log}`);
  }
  return ok(name, health === "" ? "running" : `running, ${health}`);
}

/** Addresses that mean another thing inside a container than outside. */
function environmentFindings(name: string, facts: Row): Finding[] {
  const list: unknown = rowOf(facts["Config"])["Env"];
  const env = new Map(
    (Array.isArray(list) ? list : []).map((line: unknown) => {
      const [key = "", ...value] = String(line).split("=");
      return [key, value.join("=")];
    }),
  );
  const isOnHost = textOf(rowOf(facts["HostConfig"])["NetworkMode"]) === "host";
  const root = env.get("SYSTEM_MANAGER_URL") ?? "";
  const own = env.get("OAK_CLUSTER_ADDRESS") ?? "";
  const found: Finding[] = [];
  if (root !== "" && isForThisMachineOnly(root) && !isOnHost) {
    found.push(
      fault(
        name,
        `SYSTEM_MANAGER_URL is ${root}, which inside a container is the container itself`,
        "Set SYSTEM_MANAGER_URL to the address of the root's machine, also when that is this one",
      ),
    );
  }
  if (own !== "" && isForThisMachineOnly(own)) {
    found.push(
      warn(
        name,
        `OAK_CLUSTER_ADDRESS is ${own}, which only this machine reaches`,
        "Set OAK_CLUSTER_ADDRESS to an address that the root and the workers reach",
      ),
    );
  }
  return found;
}

/** Its own, since two clusters on one machine have services of the same names. */
function nameOf(listed: Row): string {
  const [first] = Array.isArray(listed["Names"]) ? listed["Names"] : [];
  return textOf(first).replace(/^\//, "") || labelOf(listed, serviceLabel);
}

function labelOf(container: Row, label: string): string {
  const labels = rowOf(container["Labels"]);
  return textOf(labels[label]);
}
