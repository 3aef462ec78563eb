import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { NetCfg } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNodeFile, TunCfg } from "./node-files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-cfg-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: object) {
  return readNodeFile(await write(content), NetCfg);
}

async function write(content: object): Promise<string> {
  const file = path.join(folder, "cfg.json");
  await writeFile(file, JSON.stringify(content));
  return file;
}

test("the file that Oakestra ships is read", async () => {
  const shipped = {
    NodePublicAddress: "0.0.0.0",
    NodePublicPort: "50103",
    ClusterUrl: "0.0.0.0",
    ClusterMqttPort: "10003",
    DefaultInterface: "",
    Debug: false,
    PublicIPNetworking: false,
    MqttCert: "",
    MqttKey: "",
  };
  expect(await read(shipped)).toEqual({ ...shipped, tunnel: "auto" });
  expect(await read({})).toEqual({ ...shipped, tunnel: "auto" });
});

test.each([
  [{ NodePublicAddress: "worker.example" }, /NodePublicAddress: an address, not a name/],
  [{ NodePublicAddress: "192.0.2.300" }, /NodePublicAddress/],
  [{ NodePublicPort: "70000" }, /NodePublicPort: a port from 1 to 65535/],
  [{ NodePublicPort: "0" }, /NodePublicPort/],
  [{ NodePublicPort: 50_103 }, /NodePublicPort/],
  [{ ClusterMqttPort: "mqtt" }, /ClusterMqttPort/],
  [{ tunnel: "ipsec" }, /tunnel/],
])("%j is refused before anything is told to others", async (content, fault) => {
  await expect(read(content)).rejects.toThrow(fault);
});

test.each([
  { TunnelPort: 50_105 },
  { TunnelPort: 50_104 },
  { WireguardPort: 50_105 },
  { WireguardPort: 50_103 },
])("%j gives two tunnels one port, and is refused", async (content) => {
  const read = readNodeFile(await write(content), TunCfg);
  await expect(read).rejects.toThrow(/WireguardPort: two different ports, and not 50105/);
});

test.each([{}, { TunnelPort: 40_000 }, { TunnelPort: 50_104, WireguardPort: 50_103 }])(
  "%j leaves each tunnel its own",
  async (content) => {
    expect(await readNodeFile(await write(content), TunCfg)).toMatchObject(content);
  },
);

test.each(["2001:db8::7", "192.0.2.7", ""])("%j is where others reach a worker", async (given) => {
  expect(await read({ NodePublicAddress: given })).toMatchObject({ NodePublicAddress: given });
});
