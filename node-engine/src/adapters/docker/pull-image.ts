import { z } from "zod";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { PullOptions } from "../../ports.ts";
import type { DockerClient } from "./docker-client.ts";
import { faultOfMessage, toRuntimeFault } from "./docker-faults.ts";
import { readLines } from "./read-lines.ts";

/** One line of Docker's answer to a pull. */
const PullLine = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .optional(),
});
type PullLine = z.infer<typeof PullLine>;

/** See {@link Runtime.pull}. */
export async function pullImage(
  client: DockerClient,
  image: string,
  options: PullOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  try {
    const stream = await client.docker.createImage({
      ...splitReference(image),
      ...(options.platform !== undefined && { platform: options.platform }),
      abortSignal: options.signal,
    });
    const progress = createPullProgress();
    for await (const text of readLines(stream)) {
      const line = PullLine.parse(JSON.parse(text));
      if (line.error !== undefined) {
        throw new RuntimeFault(faultOfMessage(line.error, "image_pull_failed"));
      }
      options.onProgress(progress.add(line));
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw asPullFault(error);
  }
}

/** Docker answers 404 for an image that no registry has, and for one that it may not see. */
function asPullFault(error: unknown): RuntimeFault {
  const runtimeFault = toRuntimeFault(error, "image_pull_failed");
  const { reason, detail } = runtimeFault.fault;
  if (reason !== "image_missing") return runtimeFault;
  return new RuntimeFault(createFault("image_not_found", detail), error);
}

/** A reference without tag or digest means `latest`; without that, Docker would pull every tag. */
export function splitReference(image: string): { fromImage: string; tag?: string } {
  if (image.includes("@")) return { fromImage: image };
  // A colon before the last slash belongs to the registry's port.
  const colon = image.indexOf(":", image.lastIndexOf("/") + 1);
  if (colon === -1) return { fromImage: image, tag: "latest" };
  return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) };
}

/** Downloading is most of the work of a layer, unpacking the rest. */
const downloadShare = 0.8;

/** Adds up the layers of one pull; answers percent of the whole, never falling. */
export function createPullProgress(): { add(line: PullLine): number } {
  const layers = new Map<string, number>();
  let percent = 0;
  return {
    add: (line) => {
      const done = shareDone(line);
      if (line.id !== undefined && done !== undefined) {
        layers.set(line.id, Math.max(done, layers.get(line.id) ?? 0));
        const sum = [...layers.values()].reduce((total, share) => total + share, 0);
        // New layers show up while others are done, so the plain figure may fall.
        percent = Math.max(percent, Math.floor((100 * sum) / layers.size));
      }
      return percent;
    },
  };
}

function shareDone({ status, progressDetail }: PullLine): number | undefined {
  const { current = 0, total = 0 } = progressDetail ?? {};
  const part = total > 0 ? Math.min(1, current / total) : 0;
  switch (status) {
    case "Pulling fs layer":
    case "Waiting":
      return 0;
    case "Downloading":
      return part * downloadShare;
    case "Verifying Checksum":
    case "Download complete":
      return downloadShare;
    case "Extracting":
      return downloadShare + part * (1 - downloadShare);
    case "Pull complete":
    case "Already exists":
      return 1;
    default:
      return undefined;
  }
}
