import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { expect, test } from "vitest";
import { startTinyRegistry } from "../src/tiny-registry.ts";

const docker = new Docker();

async function pull(reference: string): Promise<string> {
  return text(Readable.from(await docker.pull(reference)));
}

test("Docker can pull an image, and run what is in it", async () => {
  const registry = await startTinyRegistry({
    "oak/hello:1": { files: [{ path: "hello", content: "hello" }], cmd: ["/hello"] },
  });
  const reference = registry.reference("oak/hello:1");

  await pull(reference);

  const image = docker.getImage(reference);
  expect((await image.inspect()).Config.Cmd).toEqual(["/hello"]);
  await image.remove();
  await registry.close();
});

test("an image that is not served does not exist", async () => {
  const registry = await startTinyRegistry({});

  await expect(pull(registry.reference("oak/none:1"))).rejects.toMatchObject({ statusCode: 404 });

  await registry.close();
});
