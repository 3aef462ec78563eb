import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test, vi } from "vitest";

// Some thirty starts of a Python program, at once.
vi.setConfig({ testTimeout: 90_000 });

const run = promisify(execFile);
const top = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "oak-compose-"));
const envFile = join(folder, ".env");
const secret = "of-the-services-of-one-tier";
writeFileSync(envFile, `OAK_ROOT_TIER_SECRET=${secret}\nOAK_CLUSTER_TIER_SECRET=${secret}\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const composeIsThere = await run("docker-compose", ["version"]).then(
  () => true,
  () => false,
);
const testWithCompose = test.skipIf(!composeIsThere && process.env["TEST_DOCKER"] !== "required");

/** `docker-compose config` with these files, which needs no engine. */
async function config(files: readonly string[], env = envFile): Promise<string> {
  const named = files.flatMap((file) => ["-f", join(top, file)]);
  const { PATH, HOME } = process.env;
  const args = ["--env-file", env, ...named, "config"];
  return (await run("docker-compose", args, { cwd: folder, env: { PATH, HOME } })).stdout;
}

const tiers = ["root", "cluster"] as const;
const overridesOf = (tier: (typeof tiers)[number]): string[] =>
  readdirSync(join(top, `${tier}-orchestrator`)).filter((name) => name.startsWith("override-"));
const names = [...new Set(tiers.flatMap(overridesOf))];

test("the overrides that people know are there", () => {
  expect(names.toSorted()).toEqual([
    "override-embedded-db.yml",
    "override-images-only.yml",
    "override-ipv6-enabled.yml",
    "override-mosquitto-auth.yml",
    "override-mqtt-auth.yml",
    "override-network-host.yml",
    "override-no-addons.yml",
    "override-no-dashboard.yml",
    "override-no-network.yml",
    "override-no-observe.yml",
  ]);
});

testWithCompose.each(tiers)("docker-compose accepts the %s with every override", async (tier) => {
  const base = `${tier}-orchestrator/docker-compose.yml`;
  await Promise.all([
    config([base]),
    ...overridesOf(tier).map((name) => config([base, `${tier}-orchestrator/${name}`])),
  ]);
});

testWithCompose("docker-compose accepts both on one machine with every override", async () => {
  const both = (name: string): string[] =>
    tiers
      .filter((tier) => overridesOf(tier).includes(name))
      .map((tier) => `${tier}-orchestrator/${name}`);
  await Promise.all(names.map((name) => config(["docker-compose.yml", ...both(name)])));
});

testWithCompose(
  "without secrets nothing starts, and the sentence says who makes them",
  async () => {
    const empty = join(folder, "empty.env");
    writeFileSync(empty, "");
    await expect(config(["docker-compose.yml"], empty)).rejects.toThrow(
      /start-full\.sh makes the secrets/,
    );
  },
);

testWithCompose("root and cluster on one machine are the services of the two files", async () => {
  const services = async (file: string) => {
    const named = ["-f", join(top, file), "config", "--services"];
    const args = ["--env-file", envFile, ...named];
    const { stdout } = await run("docker-compose", args, { cwd: folder });
    return stdout.trim().split("\n");
  };
  const [both, root, cluster] = await Promise.all([
    services("docker-compose.yml"),
    services("root-orchestrator/docker-compose.yml"),
    services("cluster-orchestrator/docker-compose.yml"),
  ]);
  expect(both.toSorted()).toEqual([...root, ...cluster].toSorted());
});
