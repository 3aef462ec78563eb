import { removeNewImages } from "../src/tiny-image.ts";

/** Pause images stay with Docker, where all agents share them: those of this run go when all its tests are over. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  try {
    return await removeNewImages("oak.role=pause-image");
  } catch {
    // There is no Docker.
    return undefined;
  }
}
