import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { createTar, type TarEntry } from "./tar.ts";

/** An image made on this machine, without a registry. */
export interface TinyImage {
  /** Reference to use as the code of a service: `oak-tiny-<random>:test`. */
  name: string;
  /**
   * Deletes the image. Twice is no error.
   * @throws while a container of it runs: without its name it would be left over
   */
  remove(): Promise<void>;
}

export interface TinyImageOptions {
  docker?: Docker;
  /** Reference in place of a random one. */
  name?: string;
  /** Command of the image; by default it prints `ready`, waits for ever and ends at once on SIGTERM. */
  cmd?: readonly string[];
  entrypoint?: readonly string[];
  /** Further files, for example the pages of a web server. */
  files?: readonly TarEntry[];
  /** A statically linked busybox (Debian: package busybox-static). */
  busyboxPath?: string;
}

const applets = [
  "sh",
  "sleep",
  "httpd",
  "cat",
  "echo",
  "id",
  "true",
  "false",
  "kill",
  "hostname",
  "env",
  "wget",
];
const waitForEver = [
  "sh",
  "-c",
  "trap 'exit 0' TERM; echo ready; while :; do sleep 3600 & wait; done",
];

/** Imports an image of about 1 MB that holds busybox, in some 100 ms. */
export async function createTinyImage(options: TinyImageOptions = {}): Promise<TinyImage> {
  const { docker = new Docker(), busyboxPath = "/bin/busybox" } = options;
  const name = options.name ?? `oak-tiny-${randomBytes(6).toString("hex")}:test`;
  const [repo, tag = "latest"] = name.split(":");
  const archive = createTar([
    ...["bin", "dev", "etc", "proc", "sys", "tmp", "www"].map((path) => ({ path })),
    { path: "bin/busybox", content: await readFile(busyboxPath) },
    ...applets.map((applet) => ({ path: `bin/${applet}`, linkTo: "busybox" })),
    { path: "etc/passwd", content: "root:x:0:0:root:/:/bin/sh\n", mode: 0o644 },
    ...(options.files ?? []),
  ]);
  const changes = [
    "ENV PATH=/bin",
    `CMD ${JSON.stringify(options.cmd ?? waitForEver)}`,
    ...(options.entrypoint ? [`ENTRYPOINT ${JSON.stringify(options.entrypoint)}`] : []),
  ];
  const answer = await docker.importImage(Readable.from([archive]), { repo, tag, changes });
  const log = await text(Readable.from(answer));
  const id = /sha256:[0-9a-f]{64}/.exec(log)?.[0];
  if (id === undefined) throw new Error(`The image could not be imported: ${log}`);
  return { name, remove: () => removeImage(docker, id) };
}

/** By its id: the name may be another image's by now, and a removal by name takes no more than the name if it is in use. */
async function removeImage(docker: Docker, id: string): Promise<void> {
  try {
    await docker.getImage(id).remove({ force: true });
  } catch (error) {
    if (!(error instanceof Error && "statusCode" in error && error.statusCode === 404)) throw error;
  }
}

/** Answers what removes the images with this label that did not exist before; those that are in use stay. */
export async function removeNewImages(
  label: string,
  docker: Docker = new Docker(),
): Promise<() => Promise<void>> {
  const list = async () =>
    (await docker.listImages({ filters: { label: [label] } })).map(({ Id }) => Id);
  const before = new Set(await list());
  return async () => {
    for (const id of await list()) {
      // Another agent of this machine may have begun to use it.
      if (!before.has(id))
        await docker
          .getImage(id)
          .remove()
          .catch(() => undefined);
    }
  };
}
