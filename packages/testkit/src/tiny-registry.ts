import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { createTar, type TarEntry } from "./tar.ts";

/** An image registry on the loopback, for pulls that fail, crawl or succeed. Docker trusts 127.0.0.0/8. */
export interface TinyRegistry {
  /** Reference of an image here: `127.0.0.1:<port>/<name>`. */
  reference(name: string): string;
  close(): Promise<void>;
}

export interface RegistryImage {
  /** Content of the single layer. */
  files: readonly TarEntry[];
  cmd?: readonly string[];
  /** The layer arrives in ten parts over this time, milliseconds. */
  tookMs?: number;
  /** The connection breaks in the middle of the layer. */
  breaks?: boolean;
}

/** Serves images by `<repository>:<tag>`; every other one does not exist. */
export async function startTinyRegistry(
  images: Readonly<Record<string, RegistryImage>>,
): Promise<TinyRegistry> {
  const contents = new Map(Object.entries(images).map(([name, image]) => [name, build(image)]));
  const server = createServer((request, response) => {
    answer(contents, request, response).catch(() => response.destroy());
  });
  const port = await listen(server);
  return {
    reference: (name) => `127.0.0.1:${port}/${name}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Content {
  image: RegistryImage;
  manifest: Buffer;
  blobs: Map<string, Buffer>;
  layerDigest: string;
}

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
const parts = 10;

function build(image: RegistryImage): Content {
  const tar = createTar(image.files);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Cmd: image.cmd ?? [], Env: ["PATH=/bin"] },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const describe = (mediaType: string, blob: Buffer) => ({
    mediaType: `application/vnd.docker.${mediaType}`,
    size: blob.length,
    digest: digestOf(blob),
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe("container.image.v1+json", config),
      layers: [describe("image.rootfs.diff.tar.gzip", layer)],
    }),
  );
  const blobs = new Map([config, layer].map((blob) => [digestOf(blob), blob]));
  return { image, manifest, blobs, layerDigest: digestOf(layer) };
}

async function answer(
  contents: ReadonlyMap<string, Content>,
  { url = "", method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url === "/v2/") {
    response.end("{}");
    return;
  }
  const [, repository, kind, name] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
  const found = [...contents].find(([reference, content]) => {
    const [ownRepository, tag] = reference.split(":");
    if (ownRepository !== repository) return false;
    return kind === "blobs" || name === tag || name === digestOf(content.manifest);
  })?.[1];
  if (found === undefined) {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "unknown" }] }));
    return;
  }
  if (kind === "manifests") {
    response.writeHead(200, {
      "content-type": manifestType,
      "docker-content-digest": digestOf(found.manifest),
      "content-length": found.manifest.length,
    });
    response.end(method === "HEAD" ? undefined : found.manifest);
    return;
  }
  await sendBlob(found, name ?? "", response);
}

async function sendBlob(content: Content, digest: string, response: ServerResponse): Promise<void> {
  const blob = content.blobs.get(digest) ?? Buffer.alloc(0);
  response.writeHead(200, { "content-length": blob.length });
  const { tookMs = 0, breaks = false } = digest === content.layerDigest ? content.image : {};
  const size = Math.ceil(blob.length / parts);
  for (let part = 0; part < parts; part += 1) {
    if (breaks && part === parts / 2) {
      response.destroy();
      return;
    }
    response.write(blob.subarray(part * size, (part + 1) * size));
    if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs / parts));
  }
  response.end();
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
