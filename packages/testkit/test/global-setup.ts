import { keepImages } from "../src/images/ensure-images.ts";
import { removeNewImages } from "../src/tiny-image.ts";

/** Images stay with Docker, where all share them: those of this run go when all its tests are over. */
export default async function setup(): Promise<() => Promise<void>> {
  const removeServices = keepImages();
  const removePause = await removeNewImages("oak.role=pause-image").catch(() => undefined);
  return async () => {
    await removePause?.();
    await removeServices();
  };
}
