import { createTinyImage, type TinyImage } from "@oak/testkit";
import Docker from "dockerode";

/** The image of all services in the examples. */
export const EXAMPLE_IMAGE = "oak/hello:demo";

/** Makes it of this machine's busybox: no registry is asked. */
export function createExampleImage(): Promise<TinyImage> {
  return createTinyImage({ name: EXAMPLE_IMAGE });
}

/** One that is there already is used and left: somebody has made it for services of their own, which would lack it. */
export async function borrowExampleImage(docker: Docker = new Docker()): Promise<TinyImage> {
  const found = await docker.listImages({ filters: { reference: [EXAMPLE_IMAGE] } });
  if (found.length === 0) return createExampleImage();
  return { name: EXAMPLE_IMAGE, remove: async () => undefined };
}
