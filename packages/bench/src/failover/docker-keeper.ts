import { createTinyImage, type TestBed } from "@oak/testkit";
import Docker from "dockerode";
import { followContainerEvents } from "../deploy/docker-events.ts";
import { until } from "../system/bench-system.ts";
import type { Keeper } from "./keeper.ts";

const patience = { withinMs: 60_000 };

/** Docker alone with a restart policy: what this machine allows. It has one worker only. */
export async function createDockerKeeper(bed: TestBed): Promise<Keeper> {
  const docker = new Docker();
  const events = await followContainerEvents(docker);
  bed.onClose(async () => events.close());
  const image = await createTinyImage({ docker });
  bed.onClose(image.remove);
  const name = `oak-bench-restart-${process.pid}`;
  const container = docker.getContainer(name);
  const remove = (): Promise<unknown> => container.remove({ force: true, v: true });
  bed.onClose(() => remove().catch(() => undefined));
  const runningPid = async (): Promise<number> => {
    const { State } = await container.inspect();
    return State.Running ? State.Pid : 0;
  };
  return {
    name: "Docker alone, restart: always",
    begin: async () => {
      const HostConfig = { RestartPolicy: { Name: "always" } };
      await docker.createContainer({ name, Image: image.name, HostConfig });
      await container.start();
      await until("the container runs", patience, async () => (await runningPid()) > 0);
    },
    end: async () => {
      await remove();
    },
    killWorkload: async () => {
      const pid = await runningPid();
      const again = events.next("start", ({ labels }) => labels["name"] === name);
      const killedMs = performance.now();
      process.kill(pid, "SIGKILL");
      return (await again).atMs - killedMs;
    },
  };
}
