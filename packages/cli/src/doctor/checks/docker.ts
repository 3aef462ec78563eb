import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked, ok, warn } from "../finding.ts";
import type { NoAnswer, Probes } from "../probes.ts";
import { rowOf, textOf } from "./rows.ts";

export interface DockerPlace {
  socket: string;
  /** A worker runs nothing without it; a root or cluster may run as plain processes. */
  isNeeded: boolean;
}

/** upstream of the API 1.41, which the node-engine speaks; what Debian 12 ships. */
const oldest = [20, 10] as const;

/** That there is an engine, that we may use it, and that it is new enough. */
export function dockerCheck({ socket, isNeeded }: DockerPlace): Check {
  return check("docker", async (probes) => {
    const base = `unix:${socket}`;
    const answer = await probes.http({ base, path: "/version" });
    if (answer.kind !== "answer") return [silent(socket, answer, isNeeded)];
    const version = textOf(rowOf(answer.body)["Version"]);
    const engine = versionFinding(version);
    const info = await probes.http({ base, path: "/info" });
    if (info.kind !== "answer") return [engine];
    const facts = rowOf(info.body);
    return [
      engine,
      ...(isNeeded ? cgroupFindings(facts["CgroupVersion"]) : []),
      ...(await spaceFindings(probes, textOf(facts["DockerRootDir"]))),
    ];
  });
}

function versionFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  if (!isOld) return ok("docker", `Docker Engine ${version}`);
  return fault(
    "docker",
    `Docker Engine ${version} is older than ${oldest.join(".")}`,
    "Upgrade it: apt-get install docker.io, or the packages of docker.com",
  );
}

function silent(socket: string, { kind, detail }: NoAnswer, isNeeded: boolean): Finding {
  if (kind === "denied") {
    return fault(
      "docker",
      `this user may not use ${socket}`,
      "Run this as root, or put the user into the group docker",
    );
  }
  if (!isNeeded) return notChecked("docker", `no Docker engine answers on ${socket} (${detail})`);
  return fault(
    "docker",
    `no Docker engine answers on ${socket} (${detail})`,
    "Install and start it: apt-get install docker.io && systemctl enable --now docker",
  );
}

function cgroupFindings(version: unknown): Finding[] {
  if (version === undefined) return [];
  if (version === "2") return [ok("cgroups", "version 2")];
  return [
    warn(
      "cgroups",
      `Docker uses version ${textOf(version)}; limits of memory are kept, those of CPU less well`,
      "Boot with systemd.unified_cgroup_hierarchy=1",
    ),
  ];
}

/** Images and logs of containers fill this one. */
async function spaceFindings(probes: Probes, folder: string): Promise<Finding[]> {
  if (folder === "") return [];
  return [await spaceFinding(probes, { name: "disk of docker", folder })];
}

const gib = 1024 ** 3;

/** Too little for an image, and too little for a database to write. */
const least = { warn: 2 * gib, fault: 0.25 * gib } as const;

export async function spaceFinding(
  probes: Probes,
  { name, folder }: { name: string; folder: string },
): Promise<Finding> {
  const space = await probes.space(folder);
  if (space === undefined) return notChecked(name, `${folder} is not there, or not for this user`);
  const found = `${(space.freeBytes / gib).toFixed(1)} GiB free in ${folder}`;
  if (space.freeBytes >= least.warn) return ok(name, found);
  const remedy = "Make room: docker system prune, journalctl --vacuum-size=200M, or a larger disk";
  return space.freeBytes < least.fault ? fault(name, found, remedy) : warn(name, found, remedy);
}
