import { createTinyImage, type TestBed } from "@oak/testkit";
import Docker from "dockerode";
import { type ContainerEvents, followContainerEvents } from "../deploy/docker-events.ts";
import { until } from "../system/bench-system.ts";
import type { Keeper } from "./keeper.ts";

const patience = { withinMs: 60_000 };

/**
 * Docker alone, three ways: what this machine allows. Each has one worker only.
 *
 * With its restart policy; started again by whoever hears of its death, which is the least that an agent needs; and
 * the same in a network namespace that another container keeps, so that none is taken down and made anew.
 */
export async function createDockerKeepers(bed: TestBed): Promise<Keeper[]> {
  const docker = new Docker();
  const events = await followContainerEvents(docker);
  bed.onClose(async () => events.close());
  const image = await createTinyImage({ docker });
  bed.onClose(image.remove);
  const common = { docker, events, image: image.name };
  const network = await addContainer(bed, { ...common, name: "network" });
  await network.start();
  const shared = { NetworkMode: `container:${network.id}` };
  return [
    await createKeeper(bed, {
      ...common,
      title: "Docker alone, restart: always",
      name: "policy",
      host: { RestartPolicy: { Name: "always" } },
    }),
    await createKeeper(bed, {
      ...common,
      title: "Docker alone, started again",
      name: "again",
      isStarted: true,
    }),
    await createKeeper(bed, {
      ...common,
      title: "Docker alone, its network kept",
      name: "kept",
      host: shared,
      isStarted: true,
    }),
  ];
}

interface ContainerPlan {
  docker: Docker;
  image: string;
  /** part of the container's name */
  name: string;
  host?: Docker.HostConfig;
}

async function addContainer(
  bed: TestBed,
  { docker, image, name, host = {} }: ContainerPlan,
): Promise<Docker.Container> {
  const container = await docker.createContainer({
    name: `oak-bench-${name}-${process.pid}`,
    Image: image,
    HostConfig: host,
  });
  bed.onClose(async () => {
    await container.remove({ force: true, v: true }).catch(() => undefined);
  });
  return container;
}

interface KeeperPlan extends ContainerPlan {
  title: string;
  events: ContainerEvents;
  /** by the bench, since Docker was not told to */
  isStarted?: boolean;
}

async function createKeeper(bed: TestBed, plan: KeeperPlan): Promise<Keeper> {
  const { events, isStarted = false } = plan;
  const container = await addContainer(bed, plan);
  const isMeant = ({ id }: { id: string }): boolean => id === container.id;
  const runningPid = async (): Promise<number> => {
    const { State } = await container.inspect();
    return State.Running ? State.Pid : 0;
  };
  return {
    name: plan.title,
    begin: async () => {
      await container.start();
      await until("the container runs", patience, async () => (await runningPid()) > 0);
    },
    end: async () => {
      await container.stop({ t: 0 });
    },
    killWorkload: async () => {
      const pid = await runningPid();
      const died = events.next("die", isMeant);
      const again = events.next("start", isMeant);
      const killedMs = performance.now();
      process.kill(pid, "SIGKILL");
      await died;
      if (isStarted) await container.start();
      return (await again).atMs - killedMs;
    },
  };
}
