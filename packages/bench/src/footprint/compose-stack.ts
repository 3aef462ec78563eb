import { spawn } from "node:child_process";
import { once } from "node:events";
import { inNamespace } from "@oak/netlink";
import { addFullStack, type FullStack, type TestBed } from "@oak/testkit";
import Docker from "dockerode";
import { medianOf } from "../stats/quantiles.ts";
import type { Watched } from "./watch-processes.ts";

/** How long a container takes from its start to its first 200 from `/readyz`. */
export interface StartFigure {
  name: string;
  /** median of the starts */
  seconds: number;
  worstSeconds: number;
}

const starts = 3;

/** Root and cluster in containers, up and well. */
export async function startComposeStack(bed: TestBed): Promise<FullStack> {
  const stack = await addFullStack(bed);
  await stack.script();
  return stack;
}

/** The process of each container. */
export async function processesOf({ project }: FullStack): Promise<Watched[]> {
  const containers = await project.containers();
  return containers.map(({ service, pid }) => ({ name: service, pid }));
}

/** Starts each container anew, one at a time and several times; the others are there meanwhile. */
export async function measureStarts({ project }: FullStack): Promise<StartFigure[]> {
  const docker = new Docker();
  const figures: StartFigure[] = [];
  for (const { id, service } of await project.containers()) {
    const seconds: number[] = [];
    while (seconds.length < starts) {
      await project.untilWell();
      seconds.push(await timeOneStart(docker.getContainer(id)));
    }
    figures.push({ name: service, seconds: medianOf(seconds), worstSeconds: Math.max(...seconds) });
  }
  return figures;
}

async function timeOneStart(container: Docker.Container): Promise<number> {
  await container.stop();
  await container.start();
  const { State, Config } = await container.inspect();
  const startedMs = Date.parse(State.StartedAt);
  await untilReady(State.Pid, portOf(Config));
  return (Date.now() - startedMs) / 1000;
}

/** As the image's health check finds it: CMD healthy HOST_VARIABLE PORT_VARIABLE DEFAULT_PORT. */
function portOf({ Healthcheck, Env }: Docker.ContainerInspectInfo["Config"]): string {
  const [, , , variable = "", usual = ""] = Healthcheck?.Test ?? [];
  const given = Env.find((line) => line.startsWith(`${variable}=`));
  return given?.slice(variable.length + 1) || usual;
}

/** Asked from within the container's network by a program that takes next to nothing of the processor. */
async function untilReady(pid: number, port: string): Promise<void> {
  const ask = `printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n'; read -r line; case $line in *' 200 '*) exit 0; esac; exit 1`;
  // With -e the connection stays whole until the answer has come: one whose input has ended is closed by Node at once.
  const loop = `until busybox nc -w 2 127.0.0.1 ${port} -e busybox sh -c "$0"; do busybox usleep 10000; done`;
  const asking = inNamespace(`/proc/${pid}/ns/net`, () =>
    spawn("busybox", ["timeout", "60", "busybox", "sh", "-c", loop, ask], { stdio: "ignore" }),
  );
  const [code] = (await once(asking, "exit")) as [number | null];
  if (code !== 0) throw new Error(`Not ready within 60 s at port ${port}`);
}
