import { setTimeout as delay } from "node:timers/promises";
import { ENGINE_LABEL } from "@oak/testkit";
import { expect, onTestFinished } from "vitest";
import { shareDockerScene } from "../support/docker-scene.ts";
import { eventually, throughout } from "../support/eventually.ts";
import { docker, testOnDocker } from "../support/on-docker.ts";
import { lifeOf } from "../support/running-copies.ts";

const scene = shareDockerScene();

testOnDocker(
  "a container that somebody removes is made again, and the other is left alone",
  async () => {
    const [victim, other] = await scene.shared.system.copies();
    await docker.getContainer(victim!.id).remove({ force: true });
    await eventually(async () => {
      const [made] = await scene.shared.system.copies();
      expect(made?.id).not.toBe(victim!.id);
    });
    await scene.untilExactlyTwo();
    expect((await scene.shared.system.copies()).map(lifeOf)).toContainEqual(lifeOf(other!));
  },
);

testOnDocker("a container that somebody stops is started again", async () => {
  const [victim] = await scene.shared.system.copies();
  await docker.getContainer(victim!.id).stop({ t: 1 });
  await scene.untilExactlyTwo();
  const [started] = await scene.shared.system.copies();
  expect(started).toMatchObject({ id: victim!.id });
  expect(started!.startedAt).not.toBe(victim!.startedAt);
});

testOnDocker("a container that somebody makes beside ours stays", async () => {
  const foreign = await docker.createContainer({
    Image: scene.shared.image,
    Labels: { [ENGINE_LABEL]: "somebody-else" },
  });
  onTestFinished(() => foreign.remove({ force: true }));
  await foreign.start();
  await scene.shared.system.worker("w1").process.kill();
  await scene.shared.system.worker("w1").process.start();
  await scene.untilExactlyTwo();
  expect((await foreign.inspect()).State.Running).toBe(true);
});

testOnDocker(
  "a Docker that hangs in the middle of a deployment holds it up, and nothing else",
  async () => {
    const { api } = scene.shared.system;
    const before = (await scene.shared.system.copies()).map(lifeOf);
    scene.docker.hang(true);
    const number = await api.addInstance(scene.service);
    await throughout(async () => {
      const lives = (await scene.shared.system.copies()).map(lifeOf);
      expect(lives).toEqual(expect.arrayContaining(before));
    }, delay(10_000));
    expect((await api.instance(scene.service, 0)).status).toBe("RUNNING");
    scene.docker.hang(false);
    await eventually(async () => {
      expect((await api.instance(scene.service, number)).status).toBe("RUNNING");
    });
    await api.deleteInstance(scene.service, number);
    await scene.untilExactlyTwo();
    expect((await scene.shared.system.copies()).map(lifeOf)).toEqual(before);
  },
);

testOnDocker("a Docker that restarts is waited for", async () => {
  const { api } = scene.shared.system;
  const before = (await scene.shared.system.copies()).map(lifeOf);
  await scene.docker.takeDown();
  const number = await api.addInstance(scene.service);
  await scene.docker.bringUp();
  await eventually(async () => {
    expect((await api.instance(scene.service, number)).status).toBe("RUNNING");
  });
  await api.deleteInstance(scene.service, number);
  await scene.untilExactlyTwo();
  expect((await scene.shared.system.copies()).map(lifeOf)).toEqual(before);
});
