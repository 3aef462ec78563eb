import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { DockerClient } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";
import { enterProgram, type PauseArchitecture, pauseProgram } from "./pause-program.ts";

const repository = "oak-pause";
/** Where the programs stand in the image. */
export const PAUSE_PATH = "/pause";
export const ENTER_PATH = "/enter";
/** Marks images that agents made: what nobody uses any more can be told from others. */
export const PAUSE_IMAGE_LABEL = "oak.role=pause-image";
const tarBlock = 512;

/** How Docker calls the architecture of a machine that Node calls otherwise. */
export function pauseArchitecture(nodeArch: string): PauseArchitecture {
  switch (nodeArch) {
    case "x64":
      return "amd64";
    case "arm64":
    case "arm":
      return nodeArch;
    default:
      throw new RuntimeFault(
        createFault("network_failed", `no pause program for machines of kind ${nodeArch}`),
      );
  }
}

/**
 * The image of pause containers, made on this machine when it is missing: no registry has to be reached. Its name holds a
 * hash of what is in it, so that agents of all versions can share a Docker.
 */
export async function ensurePauseImage(
  { docker, call }: DockerClient,
  architecture: PauseArchitecture,
): Promise<string> {
  const archive = tarOf({
    [PAUSE_PATH.slice(1)]: pauseProgram(architecture),
    [ENTER_PATH.slice(1)]: enterProgram(architecture),
  });
  const tag = createHash("sha256").update(archive).digest("hex").slice(0, 12);
  const name = `${repository}:${tag}`;
  try {
    await call(() => docker.getImage(name).inspect());
    return name;
  } catch (error) {
    if (!isStatus(error, 404)) throw toRuntimeFault(error, "runtime_failed");
  }
  const changes = [`ENTRYPOINT ["${PAUSE_PATH}"]`, `LABEL ${PAUSE_IMAGE_LABEL}`];
  try {
    const answer = await docker.importImage(Readable.from([archive]), {
      repo: repository,
      tag,
      changes,
    });
    const log = await text(Readable.from(answer));
    if (log.includes('"error"')) throw new RuntimeFault(createFault("runtime_failed", log));
  } catch (error) {
    throw toRuntimeFault(error, "runtime_failed");
  }
  return name;
}

/** A tar archive of executable files of root, the same bytes each time. */
export function tarOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(files).flatMap(([name, content]) => [
    headerOf(name, content.length),
    content,
    Buffer.alloc((tarBlock - (content.length % tarBlock)) % tarBlock),
  ]);
  return Buffer.concat([...entries, Buffer.alloc(2 * tarBlock)]);
}

function headerOf(name: string, length: number): Buffer {
  const header = Buffer.alloc(tarBlock);
  header.write(name, 0, "latin1");
  header.write("0000755\0", 100, "latin1"); // mode
  header.write("0000000\0", 108, "latin1"); // user
  header.write("0000000\0", 116, "latin1"); // group
  header.write(`${length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136, "latin1"); // time: none, so that the hash depends on nothing else
  header.write("        ", 148, "latin1"); // the checksum counts itself as spaces
  header.write("0", 156, "latin1"); // a plain file
  header.write("ustar\0" + "00", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
