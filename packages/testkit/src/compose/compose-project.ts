import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Docker from "dockerode";
import type { TestBed } from "../processes/test-bed.ts";

const run = promisify(execFile);
const top = fileURLToPath(new URL("../../../../", import.meta.url));
const wellWithinMs = 90_000;
const pollMs = 100;

/** A container of a project, as it is at the moment. */
export interface StackContainer {
  id: string;
  service: string;
  /** of its first process, on this machine; 0 while there is none */
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
  /** Also those that do not run. */
  containers(): Promise<StackContainer[]>;
  /**
   * Waits until every container runs and answers its own health check.
   * @throws what the last one of them lacked
   */
  untilWell(): Promise<void>;
  /** Ends the first process of a container as a crash would, and waits until it is well again. */
  crash(service: string): Promise<void>;
}

export interface ComposeProjectOptions {
  name: string;
  envFile: string;
  /** relative to the top of the repository, or absolute */
  files: readonly string[];
  docker?: Docker;
}

/** Starts nothing; `removeProject` takes away what compose made of it. */
export function composeProject(options: ComposeProjectOptions): ComposeProject {
  const { name, envFile, files, docker = new Docker() } = options;
  const containers = () => containersOf(docker, name);
  const find = async (service: string): Promise<StackContainer> => {
    const found = (await containers()).find((one) => one.service === service);
    if (found === undefined) throw new Error(`${service} is not there`);
    return found;
  };
  return {
    name,
    envFile,
    compose: async (...args) => {
      const named = files.flatMap((file) => ["-f", file.startsWith("/") ? file : join(top, file)]);
      const all = ["-p", name, "--env-file", envFile, ...named, ...args];
      return (await run("docker-compose", all, { cwd: top, env: inherited() })).stdout;
    },
    containers,
    untilWell: () =>
      until(async () => {
        for (const container of await containers()) await requireWell(docker, container);
      }),
    crash: async (service) => {
      const before = await find(service);
      await endLikeACrash(docker, before);
      await until(async () => {
        const now = await find(service);
        if (now.startedAt === before.startedAt) throw new Error(`${service} was not started again`);
        await requireWell(docker, now);
      });
    },
  };
}

/** Runs a script of the repository's `scripts/` with these variables alone. */
export async function runScript(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const options = { env: { ...inherited(), ...env } };
    return (await run(join(top, "scripts", script), [...args], options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${script} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Containers, networks and volumes of a project go with the bed, whatever became of them. */
export function removeProject(bed: TestBed, name: string): void {
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

async function containersOf(docker: Docker, project: string): Promise<StackContainer[]> {
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

/** Asks what Docker asks, which does so every ten seconds only. */
async function requireWell(docker: Docker, { id, service, isRunning }: StackContainer) {
  if (!isRunning) throw new Error(`${service} does not run`);
  const { Config } = await docker.getContainer(id).inspect();
  const [kind, ...command] = Config.Healthcheck?.Test ?? [];
  if (kind === "CMD") await run("docker", ["exec", id, ...command]);
}

async function endLikeACrash(docker: Docker, { id, pid }: StackContainer): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
    // Only root may do that; Docker takes this for the wish of a person and does not start it again by itself.
    await docker.getContainer(id).kill();
    await docker.getContainer(id).start();
  }
}

async function until(check: () => Promise<void>): Promise<void> {
  const deadlineMs = performance.now() + wellWithinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await delay(pollMs);
    }
  }
}

/** Where programs and Docker are, which is the machine's matter. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, DOCKER_HOST } = process.env;
  return { PATH, HOME, TMPDIR, DOCKER_HOST };
}
