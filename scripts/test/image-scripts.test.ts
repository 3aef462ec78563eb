import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../lib/run.mjs";

const scripts = fileURLToPath(new URL("..", import.meta.url));

/** A folder that goes with the test. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "oak-image-scripts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a service that has no image is one sentence that names those that have", async () => {
  const { code, output } = await run([join(scripts, "build-images.sh"), "schedular"]);
  expect(output).toMatch(/^schedular: the services are system-manager .*mqtt-broker\n$/);
  expect(code).toBe(1);
});

test("an option that does not exist shows how to use the script", async () => {
  const { code, output } = await run([join(scripts, "build-images.sh"), "--bsae"]);
  expect(output).toContain("scripts/build-images.sh [--base IMAGE] [--tag TAG]");
  expect(code).toBe(64);
});

test("without a static busybox the offline base says what to install", async () => {
  const env = { ...process.env, BUSYBOX: "/no/such/busybox" };
  const { code, output } = await run([join(scripts, "offline-base-image.sh")], { env });
  expect(output).toBe(
    "/no/such/busybox is missing: apt-get install -y busybox-static (or set BUSYBOX)\n",
  );
  expect(code).toBe(1);
});

test("an image without bundles on a base without npm says how to make them", async () => {
  const folder = ownFolder();
  symlinkSync("/bin/sh", join(folder, "sh"));
  const { code, output } = await run([join(scripts, "image/have-bundles")], {
    cwd: folder,
    env: { PATH: folder },
  });
  expect(output).toMatch(/no npm to make it: run node scripts\/bundle\.mjs first\n$/);
  expect(code).toBe(1);
});

const tools = [
  { name: "busybox", programs: ["/bin/sh", "/bin/busybox"] },
  { name: "bash", programs: ["/bin/sh", "/bin/bash"] },
];
test.each(tools.filter(({ programs }) => programs.every((file) => existsSync(file))))(
  "with $name alone the health check tells ready from not ready, and from nobody there",
  async ({ programs }) => {
    const folder = ownFolder();
    for (const file of programs) symlinkSync(file, join(folder, basename(file)));
    const state = { status: 200 };
    const server = createServer(({ url }, response) => {
      response.writeHead(url === "/readyz" ? state.status : 404).end("{}");
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ask = async (variable: string) => {
      const env = { PATH: folder, OAK_HOST: "0.0.0.0", [variable]: String(port) };
      const command = [join(scripts, "image/healthy"), "OAK_HOST", "MY_PORT", "1"];
      return (await run(command, { env })).code;
    };
    expect(await ask("MY_PORT")).toBe(0);
    state.status = 503;
    expect(await ask("MY_PORT")).not.toBe(0);
    expect(await ask("ANOTHER_PORT")).not.toBe(0);
  },
);
