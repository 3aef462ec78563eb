import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createImageUsers } from "./image-users.ts";
import { underLock } from "./under-lock.ts";

/** The images of all services, built from this working tree. */
export interface SharedImages {
  /** For `oak/<service>:<tag>`; the value of OAK_VERSION for compose. */
  readonly tag: string;
  /** This user needs them no more; the last one takes them away. Twice is no error. */
  remove(): Promise<void>;
}

/** What has an image, by the name of its target in the Dockerfile. */
export const IMAGE_SERVICES = [
  "system-manager",
  "root-network-manager",
  "resource-abstractor",
  "scheduler",
  "cluster-manager",
  "cluster-network-manager",
  "mqtt-broker",
] as const;

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const run = promisify(execFile);
/** Of this user, who alone may write there. */
const folder = join(tmpdir(), `oak-test-images-${userInfo().uid}`);
const lock = join(folder, "lock");
const users = createImageUsers(join(folder, "users"));
/** A run of tests uses this in its main process, and so keeps the images from one file of tests to the next. */
const wholeRun = "run";

/**
 * Builds the images unless they are there already, for all that ask for the same content at the same time. They stand on this
 * machine's own node, so that no registry is asked.
 *
 * @throws with the end of the build's output
 */
export async function ensureImages(): Promise<SharedImages> {
  mkdirSync(folder, { recursive: true });
  return underLock(lock, async () => {
    await execute("node", ["scripts/bundle.mjs", ...IMAGE_SERVICES]);
    const tag = `test-${fingerprint()}`;
    const leave = users.add(tag);
    try {
      if (!(await areThere(tag))) await build(tag);
    } catch (error) {
      leave();
      await sweep();
      throw error;
    }
    return {
      tag,
      remove: () => {
        leave();
        return underLock(lock, sweep);
      },
    };
  });
}

/**
 * Called where a whole run of tests begins; the answer, at its end, removes what nobody uses any more, also what a run left behind
 * that was killed.
 */
export function keepImages(): () => Promise<void> {
  mkdirSync(folder, { recursive: true });
  const leave = users.add(wholeRun);
  return () => {
    leave();
    return underLock(lock, sweep);
  };
}

async function build(tag: string): Promise<void> {
  const base = `oak/base:${tag}`;
  await execute("scripts/offline-base-image.sh", [base]);
  await execute("scripts/build-images.sh", ["--no-bundle", "--base", base, "--tag", tag]);
}

async function sweep(): Promise<void> {
  if (users.isUsed(wholeRun)) return;
  for (const tag of users.names()) {
    if (tag === wholeRun || users.isUsed(tag)) continue;
    await removeImages(tag);
    users.forget(tag);
  }
}

async function removeImages(tag: string): Promise<void> {
  // What is not there is an error of the command, and none of ours.
  const remove = (names: string[]) =>
    run("docker", ["rmi", "--force", ...names]).catch(() => undefined);
  await remove(IMAGE_SERVICES.map((name) => `oak/${name}:${tag}`));
  // The stages on the way to them, which have no names; the base goes last, since they stand on it.
  const label = `label=org.opencontainers.image.version=${tag}`;
  await run("docker", ["image", "prune", "--force", "--filter", label]);
  await remove([`oak/base:${tag}`]);
}

async function areThere(tag: string): Promise<boolean> {
  const names = IMAGE_SERVICES.map((name) => `oak/${name}:${tag}`);
  return run("docker", ["image", "inspect", ...names]).then(
    () => true,
    () => false,
  );
}

async function execute(program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const output = `${stdout}${stderr}`.split("\n").slice(-40).join("\n");
    throw new Error(`${program} ${args.join(" ")} failed:\n${output}`, { cause: error });
  }
}

/** Of everything that gets into the images. */
function fingerprint(): string {
  const hash = createHash("sha256").update(process.version);
  const scripts = ["Dockerfile", ".dockerignore", "scripts/offline-base-image.sh", "scripts/image"];
  const bundles = IMAGE_SERVICES.map((service) => `build/${service}`);
  for (const file of [...scripts, ...bundles].flatMap(filesBelow).toSorted()) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

function filesBelow(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
