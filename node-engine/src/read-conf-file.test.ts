import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DEFAULT_CONF } from "@oak/contracts/worker";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { withConfFile } from "./read-conf-file.ts";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-conf-"));
  file = path.join(folder, "conf.json");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function readWith(conf: unknown, env: Record<string, string> = {}) {
  await writeFile(file, typeof conf === "string" ? conf : JSON.stringify(conf));
  return withConfFile({ ...env, OAK_CONF_FILE: file });
}

test("without the file the environment is as it is", async () => {
  const env = { OAK_CLUSTER_ADDRESS: "cluster.example", OAK_CONF_FILE: file };
  expect(await withConfFile(env)).toEqual({ env, remarks: [] });
});

test("the file tells where the cluster is and who makes the network", async () => {
  const { env } = await readWith({
    ...DEFAULT_CONF,
    cluster_address: "10.0.0.7",
    cluster_port: 10_500,
    overlay_network: "custom:/run/net.sock",
  });
  expect(readConfig(env)).toMatchObject({
    OAK_CLUSTER_ADDRESS: "10.0.0.7",
    OAK_CLUSTER_PORT: 10_500,
    OAK_NETWORK: "manual",
    OAK_NETWORK_SOCKET: "/run/net.sock",
  });
});

test.each(["", "disabled"])("the network is off when the file says %j", async (overlay) => {
  const { env } = await readWith({ overlay_network: overlay });
  expect(env["OAK_NETWORK"]).toBe("off");
});

test("the address of a file that nobody has filled in is none", async () => {
  const { env } = await readWith(DEFAULT_CONF);
  expect(() => readConfig(env)).toThrow("OAK_CLUSTER_ADDRESS");
});

test("a variable goes before the file, and the difference is told", async () => {
  const { env, remarks } = await readWith(
    { cluster_address: "10.0.0.7" },
    { OAK_CLUSTER_ADDRESS: "10.0.0.8" },
  );
  expect(env["OAK_CLUSTER_ADDRESS"]).toBe("10.0.0.8");
  expect(remarks).toEqual(["OAK_CLUSTER_ADDRESS says otherwise than 10.0.0.7, and counts"]);
});

test("settings that are not taken are named", async () => {
  const { remarks } = await readWith({ cluster_ssl: true, csi_drivers: [{}] });
  expect(remarks.map((remark) => remark.split(":")[0])).toEqual(["cluster_ssl", "csi_drivers"]);
});

test.each([
  ["{", "it is not JSON"],
  ["[]", "it is not an object"],
  ['{"cluster_port": "10100"}', "cluster_port must be of type number"],
])("%s is refused with the name of the file", async (text, reason) => {
  await expect(readWith(text)).rejects.toThrow(`${file}: ${reason}`);
});
