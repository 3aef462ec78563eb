import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestBed } from "@oak/testkit";
import { eventually } from "./eventually.ts";
import { docker } from "./on-docker.ts";

const run = promisify(execFile);

/** The top of the repository. */
export const top = fileURLToPath(new URL("../../../../", import.meta.url));

/** A container of a project, as it is at the moment. */
export interface StackContainer {
  id: string;
  service: string;
  /** of its first process, on this machine */
  pid: number;
  isRunning: boolean;
  startedAt: string;
}

/** Some compose files under a project name of their own, with their settings in a file. */
export interface ComposeProject {
  readonly name: string;
  readonly envFile: string;
  /** `docker-compose` with these files; answers what it printed. */
  compose(...args: readonly string[]): Promise<string>;
  containers(): Promise<StackContainer[]>;
  /** Every container runs and answers its own health check. */
  untilWell(): Promise<void>;
  /** Ends the container's process as a crash would, and waits until it is well again. */
  crash(service: string): Promise<void>;
}

export interface ComposeProjectOptions {
  name: string;
  envFile: string;
  /** relative to the top of the repository */
  files: readonly string[];
}

export function composeProject({ name, envFile, files }: ComposeProjectOptions): ComposeProject {
  const containers = () => containersOf(name);
  const untilWell = () =>
    eventually(async () => {
      for (const container of await containers()) await requireWell(container);
    });
  return {
    name,
    envFile,
    compose: (...args) => dockerCompose(name, envFile, files, args),
    containers,
    untilWell,
    crash: async (service) => {
      const before = (await containers()).find((one) => one.service === service);
      if (before === undefined) throw new Error(`${service} is not there`);
      await endLikeACrash(before);
      await eventually(async () => {
        const now = (await containers()).find((one) => one.service === service);
        if (now === undefined || now.startedAt === before.startedAt) {
          throw new Error(`${service} was not started again`);
        }
        await requireWell(now);
      });
    },
  };
}

/** `docker-compose config` and the like: files are relative to the top of the repository. */
export async function dockerCompose(
  name: string,
  envFile: string,
  files: readonly string[],
  args: readonly string[],
): Promise<string> {
  const named = files.flatMap((file) => ["-f", file.startsWith("/") ? file : join(top, file)]);
  const all = ["-p", name, "--env-file", envFile, ...named, ...args];
  const { stdout } = await run("docker-compose", all, { cwd: top, env: ownEnv() });
  return stdout;
}

/** Runs a script of the repository with these variables alone. */
export async function runScript(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await run(join(top, "scripts", script), [...args], {
      env: { ...ownEnv(), ...env },
    });
    return { code: 0, output: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: `${stdout}${stderr}` };
  }
}

/** Containers, networks and volumes of a project go with the bed, whatever became of them. */
export function removeWithBed(bed: TestBed, name: string): void {
  const label = `label=com.docker.compose.project=${name}`;
  const all = async (kind: readonly string[], remove: readonly string[]) => {
    const { stdout } = await run("docker", [...kind, "-q", "--filter", label]);
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await run("docker", [...remove, ...ids]);
  };
  // What was registered last goes first.
  bed.onClose(() => all(["volume", "ls"], ["volume", "rm", "--force"]));
  bed.onClose(() => all(["network", "ls"], ["network", "rm"]));
  bed.onClose(() => all(["ps", "-a"], ["rm", "--force", "--volumes"]));
}

async function containersOf(project: string): Promise<StackContainer[]> {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const found = await docker.listContainers({ all: true, filters });
  return Promise.all(
    found.map(async ({ Id: id, Labels }) => {
      const { State } = await docker.getContainer(id).inspect();
      return {
        id,
        service: Labels["com.docker.compose.service"] ?? "",
        pid: State.Pid,
        isRunning: State.Running,
        startedAt: State.StartedAt,
      };
    }),
  );
}

/** Docker itself asks every ten seconds only. */
async function requireWell({ id, service, isRunning }: StackContainer): Promise<void> {
  if (!isRunning) throw new Error(`${service} does not run`);
  const { Config } = await docker.getContainer(id).inspect();
  const [kind, ...command] = Config.Healthcheck?.Test ?? [];
  if (kind === "CMD") await run("docker", ["exec", id, ...command]);
}

async function endLikeACrash({ id, pid }: StackContainer): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
    // Only root may do that; Docker takes this for the wish of a person and does not start it again by itself.
    await docker.getContainer(id).kill();
    await docker.getContainer(id).start();
  }
}

function ownEnv(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, DOCKER_HOST } = process.env;
  return { PATH, HOME, TMPDIR, DOCKER_HOST };
}
