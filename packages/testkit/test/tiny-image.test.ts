import Docker from "dockerode";
import { expect, test, vi } from "vitest";
import { createTinyImage } from "../src/tiny-image.ts";

const docker = new Docker();

test("a tiny image runs the command that it was given, and is gone after removal", async () => {
  const image = await createTinyImage({
    docker,
    cmd: ["cat", "/www/index.html"],
    files: [{ path: "www/index.html", content: "hello" }],
  });
  const container = await docker.createContainer({ Image: image.name });
  try {
    await container.start();
    await container.wait();
    const logs = await container.logs({ stdout: true, follow: false });
    expect(logs.toString("utf8")).toContain("hello");
  } finally {
    await container.remove({ force: true });
    await image.remove();
  }
  await expect(docker.getImage(image.name).inspect()).rejects.toMatchObject({ statusCode: 404 });
  await image.remove();
});

test("an image that is in use keeps its name, and says so", async () => {
  const image = await createTinyImage({ docker });
  const container = await docker.createContainer({ Image: image.name });
  try {
    await container.start();
    await expect(image.remove()).rejects.toMatchObject({ statusCode: 409 });
    expect((await docker.getImage(image.name).inspect()).RepoTags).toEqual([image.name]);
  } finally {
    await container.remove({ force: true });
    await image.remove();
  }
});

test("the default command ends soon after SIGTERM", async () => {
  const image = await createTinyImage({ docker });
  const container = await docker.createContainer({ Image: image.name });
  try {
    await container.start();
    await vi.waitFor(async () => {
      const logs = await container.logs({ stdout: true, follow: false });
      expect(logs.toString("utf8")).toContain("ready");
    }, 10_000);
    const startedMs = performance.now();
    await container.stop({ t: 10 });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  } finally {
    await container.remove({ force: true });
    await image.remove();
  }
});
