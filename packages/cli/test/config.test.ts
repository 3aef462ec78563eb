import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { aCli } from "./a-cli.ts";
import { aFakeRoot } from "./fake-root.ts";
import { oak as oakProcess } from "./oak-process.ts";

test("the file and its folder are their owner's alone, and nothing else is left there", async () => {
  const { oak, configPath } = await aCli();
  expect((await oak("config set cluster_name garage")).code).toBe(0);
  expect((await stat(configPath)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(configPath))).mode & 0o777).toBe(0o700);
  expect(await readdir(dirname(configPath))).toEqual(["config.json"]);
});

test.each([
  ["file", 0o640, "chmod 600"],
  ["file", 0o604, "chmod 600"],
  ["folder", 0o775, "chmod 700"],
])("a %s with mode %o is refused, with advice", async (what, mode, advice) => {
  const { oak, remember, configPath } = await aCli();
  await remember({});
  await chmod(what === "file" ? configPath : dirname(configPath), mode);
  for (const line of ["app ls", "config show", "config set cluster_name x"]) {
    expect(await oak(line)).toMatchObject({ code: 1, err: expect.stringContaining(advice) });
  }
});

test("a file that is no JSON is said to be none, and kept when all is reset", async () => {
  const { oak, remember, configPath } = await aCli();
  await remember({});
  await writeFile(configPath, "{");
  expect(await oak("app ls")).toMatchObject({ code: 1, err: expect.stringContaining("reset") });
  expect((await oak("config reset -y")).code).toBe(0);
  expect((await oak("config show")).code).toBe(0);
  expect((await readdir(dirname(configPath))).toSorted()).toEqual([
    "config.json",
    "config.json.old",
  ]);
});

test("several at once lose nothing", async () => {
  const { home, remembered } = await aCli();
  const keys = ["cluster_name", "cluster_location", "cluster_manager_ip", "flops_repo_path"];
  await Promise.all(keys.map((key) => oakProcess(["config", "set", key, "x"], { HOME: home })));
  expect(Object.keys((await remembered()).values).toSorted()).toEqual(keys.toSorted());
});

test("the lock of a process that died is recognised", async () => {
  const { oak, remember, configPath } = await aCli();
  await remember({});
  await writeFile(`${configPath}.lock`, "999999999");
  expect((await oak("config set cluster_name x")).code).toBe(0);
});

test("contexts: several roots, one of them chosen, by the file, a variable or an option", async () => {
  const { oak, remember } = await aCli();
  const contexts = {
    home: { server: "http://127.0.0.1:1" },
    away: { server: "http://127.0.0.1:2" },
  };
  await remember({ current: "home", contexts });
  const whichOf = async (line: string, env = {}) => (await oak(`api-docs ${line}`, { env })).out;
  expect(await whichOf("")).toContain(":1/");
  expect(await whichOf("", { OAK_CONTEXT: "away" })).toContain(":2/");
  expect(await whichOf("--context home", { OAK_CONTEXT: "away" })).toContain(":1/");
  expect(await whichOf("", { OAK_SERVER: "192.0.2.1", OAK_CONTEXT: "away" })).toBe(
    "http://192.0.2.1:10000/api/docs\n",
  );
  await oak("config use away");
  expect(await whichOf("")).toContain(":2/");
  expect(await oak("config use awya")).toMatchObject({
    code: 4,
    err: expect.stringContaining("Did you mean away?"),
  });
  expect((await oak("config contexts -q")).out).toBe("home\naway\n");
});

test("no command shows a secret that is kept", async () => {
  const { oak, remember } = await aCli();
  const secrets = {
    password: "SECRET-1",
    apiToken: "SECRET-2",
    accessToken: "SECRET-3",
    refreshToken: "SECRET-4",
  };
  await remember({
    contexts: { default: { server: "http://127.0.0.1:1", user: "Ann", ...secrets } },
  });
  for (const line of ["config show", "config show -o json", "config contexts -o yaml", "app ls"]) {
    const { out, err } = await oak(line);
    expect(out + err).not.toContain("SECRET");
  }
});

test.each([
  [
    ".oak_go_cli_config.json",
    JSON.stringify({
      system_manager_ip: "192.0.2.7",
      cluster_name: "garage",
      username: "Ann",
      password: "pw",
    }),
  ],
  [".oak_cli_config", "[MAIN]\nsystem_manager_ip = 192.0.2.7\ncluster_name = garage\n"],
])("what an older tool has left in %s counts until there is a file of ours", async (name, text) => {
  const { oak, home, remembered } = await aCli();
  await mkdir(join(home, "oak_cli"));
  await writeFile(join(home, "oak_cli", name), text);
  expect((await oak("api-docs")).out).toBe("http://192.0.2.7:10000/api/docs\n");
  await oak("config set cluster_location 1,2,3");
  await writeFile(join(home, "oak_cli", name), "");
  expect((await oak("api-docs")).out).toBe("http://192.0.2.7:10000/api/docs\n");
  expect((await remembered()).values).toEqual({
    cluster_name: "garage",
    cluster_location: "1,2,3",
  });
});

test("install tells what it would run, with what is remembered", async () => {
  const { oak } = await aCli();
  await oak("config set cluster_name garage");
  await oak("config set system_manager_ip 192.0.2.7");
  const said = await oak(["install", "cluster", "0.2.0", "--dry-run", "--", "--env-file", "a b"]);
  expect(said.out).toMatch(
    /^SYSTEM_MANAGER_URL=192\.0\.2\.7 CLUSTER_NAME=garage OAK_VERSION=0\.2\.0 \S+start-cluster\.sh --env-file 'a b'\n$/,
  );
  const down = await oak("uninstall full --keep-data --dry-run");
  expect(down.out).toMatch(/start-full\.sh --down\n$/);
  expect((await oak("uninstall root")).code).toBe(2);
});

test.each(["/dev/null", "/nonexistent"])(
  "without a home (%s) variables are enough",
  async (HOME) => {
    const root = await aFakeRoot({ "GET /api/applications": [] });
    const env = { HOME, OAK_SERVER: root.url, OAK_TOKEN: "oak_test" };
    expect(await oakProcess(["app", "ls"], env)).toMatchObject({ code: 0 });
  },
);

test("an empty HOME does not make the current folder one", async () => {
  const { stdout } = await oakProcess(["config", "show", "-o", "json"], { HOME: "" });
  expect(JSON.parse(stdout).file).toMatch(/^\//);
});
