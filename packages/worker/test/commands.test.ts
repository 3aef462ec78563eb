import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readVariables } from "../src/env-file.ts";
import { netManagerCommand } from "../src/net-manager-command.ts";
import { nodeEngineCommand } from "../src/node-engine-command.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "oak-commands-"));
  await mkdir(path.join(root, "etc/oakestra"), { recursive: true });
  await writeFile(
    envFile(),
    "# ours\nOAK_CLUSTER_ADDRESS=10.0.0.7\nOAK_WORKER_JOIN_SECRET=s3cret\n",
  );
});

afterEach(() => rm(root, { recursive: true, force: true }));

const envFile = () => path.join(root, "etc/oakestra/worker.env");
const confFile = () => path.join(root, "etc/oakestra/conf.json");
const netcfgFile = () => path.join(root, "etc/netmanager/netcfg.json");
const json = async (file: string) => JSON.parse(await readFile(file, "utf8"));

interface Outcome {
  code: number;
  said: string;
  complaint: string;
  ran: string[];
}

async function run(
  line: string,
  { codes = {}, input = "" }: { codes?: Record<string, number>; input?: string } = {},
): Promise<Outcome> {
  const [command = "", ...words] = line.split(" ");
  const outcome = { said: "", complaint: "", ran: [] as string[] };
  const world = {
    root,
    run: async (program: readonly string[]) => {
      outcome.ran.push(program.join(" "));
      return codes[program[0] ?? ""] ?? 0;
    },
    read: async () => input,
    print: (text: string) => {
      outcome.said += text;
    },
    complain: (text: string) => {
      outcome.complaint += text;
    },
  };
  const program = command === "NetManager" ? netManagerCommand : nodeEngineCommand;
  return { code: await program(world, "1.2.3", words), ...outcome };
}

test("the engine starts with the cluster that it is given, and its log follows", async () => {
  const { code, ran } = await run("NodeEngine -a cluster.example -p 10500");
  expect(code).toBe(0);
  expect(ran[0]).toBe("systemctl restart netmanager nodeengine");
  expect(ran[1]).toContain("journalctl --unit nodeengine");
  expect(await readFile(envFile(), "utf8")).toBe(
    "# ours\nOAK_CLUSTER_ADDRESS=cluster.example\nOAK_WORKER_JOIN_SECRET=s3cret\nOAK_CLUSTER_PORT=10500\n",
  );
  expect(await json(confFile())).toMatchObject({
    cluster_address: "cluster.example",
    cluster_port: 10_500,
    overlay_network: "default",
  });
  expect((await stat(envFile())).mode & 0o777).toBe(0o600);
});

test("with the same cluster nothing is written, and what runs is not started anew", async () => {
  const { code, ran } = await run("NodeEngine -a 10.0.0.7 -d");
  expect({ code, ran }).toEqual({ code: 0, ran: ["systemctl start netmanager nodeengine"] });
  await expect(stat(confFile())).rejects.toThrow("ENOENT");
});

test("without any cluster it says what is needed", async () => {
  await rm(envFile());
  const { code, complaint, ran } = await run("NodeEngine -d");
  expect({ code, ran }).toEqual({ code: 2, ran: [] });
  expect(complaint).toContain("Which cluster?");
});

test.each([
  ["NodeEngine stop", "systemctl stop nodeengine netmanager"],
  ["NodeEngine restart", "systemctl restart netmanager nodeengine"],
  ["NodeEngine status", "systemctl status --no-pager nodeengine"],
  ["NetManager start", "systemctl start netmanager"],
  ["NetManager", "systemctl start netmanager"],
  ["NetManager stop", "systemctl stop netmanager"],
  ["NetManager table -o json", "/opt/oak/bin/node /opt/oak/net-manager/main.js table -o json"],
])("%s runs %s", async (line, command) => {
  const { code, ran } = await run(line);
  expect(code).toBe(0);
  expect(ran[0]).toBe(command);
});

test.each([
  ["NodeEngine version", "1.2.3\n"],
  ["NetManager version", "1.2.3\n"],
])("%s prints the version", async (line, text) => {
  expect(await run(line)).toMatchObject({ code: 0, said: text });
});

test.each([
  ["auto", "default"],
  ["manual", "custom:/etc/netmanager/netmanager.sock"],
  ["manual /run/other.sock", "custom:/run/other.sock"],
  ["off", ""],
])("config network %s is told to Oakestra's tools as %j", async (words, overlay) => {
  expect((await run(`NodeEngine config network ${words}`)).code).toBe(0);
  expect((await json(confFile())).overlay_network).toBe(overlay);
  expect(await readFile(envFile(), "utf8")).toContain(`OAK_NETWORK=${words.split(" ")[0]}\n`);
});

test("settings of others in the files stay", async () => {
  await writeFile(confFile(), JSON.stringify({ app_logs: "/var/log/x", ours: 1 }));
  await mkdir(path.dirname(netcfgFile()));
  await writeFile(netcfgFile(), JSON.stringify({ tunnel: "wireguard" }));
  await run("NodeEngine config cluster 10.0.0.8");
  await run("NodeEngine config visibility public 203.0.113.9");
  expect(await json(confFile())).toMatchObject({ app_logs: "/var/log/x", ours: 1 });
  expect(await json(netcfgFile())).toEqual({
    tunnel: "wireguard",
    NodePublicAddress: "203.0.113.9",
  });
});

test("config default forgets the cluster and keeps the secret", async () => {
  await run("NodeEngine config cluster 10.0.0.8 -p 1234");
  expect((await run("NodeEngine config default")).code).toBe(0);
  expect(await readFile(envFile(), "utf8")).toBe("# ours\nOAK_WORKER_JOIN_SECRET=s3cret\n");
  expect((await json(confFile())).cluster_address).toBe("0.0.0.0");
});

test("config shows what is set, but no secret", async () => {
  const { said } = await run("NodeEngine config");
  expect(said).toContain("OAK_CLUSTER_ADDRESS=10.0.0.7");
  expect(said).not.toContain("s3cret");
});

test("the join secret comes from the standard input, whatever is in it", async () => {
  const secret = `it's "$HOME" \\ and more`;
  expect((await run("NodeEngine config secret", { input: `${secret}\n` })).code).toBe(0);
  expect(readVariables(await readFile(envFile(), "utf8"))["OAK_WORKER_JOIN_SECRET"]).toBe(secret);
});

test.each(["", "a\nb", "x".repeat(513)])("%j is no secret", async (input) => {
  expect((await run("NodeEngine config secret", { input })).code).toBe(2);
});

test("a worker is given its name", async () => {
  expect((await run("NodeEngine config name attic")).code).toBe(0);
  expect(await readFile(envFile(), "utf8")).toContain("NODE_NAME=attic\n");
});

test("this machine itself as the cluster takes a word more", async () => {
  const { code, complaint } = await run("NodeEngine config cluster localhost");
  expect(code).toBe(2);
  expect(complaint).toContain("--allow-loopback");
  expect((await run("NodeEngine config cluster 127.0.0.1 --allow-loopback")).code).toBe(0);
});

test.each([
  "NodeEngine fly",
  "NodeEngine constructor",
  "NodeEngine status now",
  "NodeEngine --fly",
  "NodeEngine config fly",
  "NodeEngine config cluster",
  "NodeEngine config cluster http://10.0.0.8:10100",
  "NodeEngine config cluster 0.0.0.0",
  "NodeEngine config cluster 10.0.0.8 -p 70000",
  "NodeEngine config network maybe",
  "NodeEngine config network auto /run/x.sock",
  "NodeEngine config network manual x.sock",
  "NodeEngine config visibility public",
  "NodeEngine config virtualization vmware on",
  "NetManager fly",
  "NetManager status now",
])("%s: usage, exit code 2, and nothing is touched", async (line) => {
  const before = await readFile(envFile(), "utf8");
  const { code, complaint, ran } = await run(line);
  expect({ code, ran }).toEqual({ code: 2, ran: [] });
  expect(complaint).toMatch(/^.+\n\nN(odeEngine|etManager) \[/);
  expect(await readFile(envFile(), "utf8")).toBe(before);
});

test.each([
  "NodeEngine config virtualization unikernel on",
  "NodeEngine config virtualization crosvm enable",
  "NodeEngine config addon FLOps on",
  "NodeEngine config addon imageBuilder on",
  "NodeEngine config csi add csi.oakestra.io/hostpath unix:///x.sock",
  "NodeEngine config applogs /var/log/workloads",
  "NodeEngine config auth -c a.crt -k a.key",
  "NodeEngine config cluster 10.0.0.8 -s",
])("%s: one sentence, exit code 3", async (line) => {
  const { code, complaint } = await run(line);
  expect(code).toBe(3);
  expect(complaint.trimEnd().split("\n")).toHaveLength(1);
});

test.each([
  "NodeEngine config virtualization",
  "NodeEngine config virtualization unikernel off",
  "NodeEngine config addon",
  "NodeEngine config csi",
])("%s: there is nothing to do, and that is no fault", async (line) => {
  expect((await run(line)).code).toBe(0);
});

test("a damaged file is named, and no other is written", async () => {
  await writeFile(confFile(), "{");
  const { code, complaint } = await run("NodeEngine config cluster 10.0.0.8");
  expect(code).toBe(1);
  expect(complaint).toContain("/etc/oakestra/conf.json cannot be read: it is not JSON");
  expect(await readFile(envFile(), "utf8")).toContain("10.0.0.7");
});

test("where there is no systemd it says so", async () => {
  const { code, complaint } = await run("NodeEngine stop", { codes: { systemctl: 127 } });
  expect(code).toBe(1);
  expect(complaint).toBe("There is no systemctl here: a worker needs systemd.\n");
});
