import { spawn } from "node:child_process";
import { once } from "node:events";
import { addAllInOne, createTestBed, type TestBed } from "@oak/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { DEFAULT_PORTS } from "../../all-in-one/src/ports.ts";
import { runCli } from "../src/cli.ts";
import { commands } from "../src/commands.ts";
import { oakProgram } from "./oak-process.ts";

// A whole system with a worker that only pretends, and `oak` as a process of its own where it has to be ended. The tests are
// one journey: each goes on where the one before ended.
vi.setConfig({ testTimeout: 90_000 });
let bed: TestBed;
let env: Record<string, string>;

beforeAll(async () => {
  bed = await createTestBed();
  const program = await addAllInOne(bed, {
    ports: { ...DEFAULT_PORTS },
    env: { OAK_RUNTIME: "fake", LOG_LEVEL: "warn" },
  });
  await program.process.start();
  env = { HOME: bed.folder, TZ: "UTC", OAK_SERVER: program.url };
  expect(await oak(`login ${program.url} --password-stdin`, "Admin")).toMatchObject({ code: 0 });
}, 90_000);

afterAll(() => bed.close());

/** Within this process: what only talks to the root needs no process of its own. */
async function oak(line: string, input = "", more: Record<string, string> = {}) {
  const said = { stdout: "", stderr: "" };
  const code = await runCli(line.split(" "), commands, {
    out: (text) => {
      said.stdout += text;
    },
    err: (text) => {
      said.stderr += text;
    },
    env: { ...env, ...more },
    isTerminal: false,
    isErrTerminal: false,
    canAsk: false,
    readInput: async () => input,
    ask: () => Promise.reject(new Error("nobody is there")),
  });
  return { code, ...said };
}

const sla = (image: string): string => `
sla_version: v2.0
customerID: Admin
applications:
  - application_name: shop
    application_namespace: prod
    microservices:
      - microservice_name: web
        microservice_namespace: prod
        virtualization: container
        code: docker.io/library/nginx:${image}
        memory: 10
        vcpus: 0
        replicas: 1
`;

/** One that goes on: its lines, until one of them is what is waited for. */
function following(line: string) {
  const child = spawn(process.execPath, [oakProgram, ...line.split(" ")], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    child,
    until: async (wanted: RegExp): Promise<void> => {
      while (!wanted.test(text)) await once(child.stdout, "data");
    },
  };
}

test("a document is applied, its service comes up, and what differs is told", async () => {
  const applied = await oak("apply -f - --wait=30s", sla("1.26"));
  expect(applied).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("+ service web.prod"),
  });
  expect(await oak("diff -f -", sla("1.26"))).toMatchObject({ code: 0, stdout: "" });
  expect(await oak("diff -f -", sla("1.27"))).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/~ \/code: ".*1\.26" → ".*1\.27"/),
  });
});

test("what it writes and what happens to it is told; Ctrl-C and a reader that has enough end it", async () => {
  const [first = ""] = (await oak("logs web 0 -t")).stdout.split("\n");
  expect(first).toMatch(/^\d{4}-\d\d-\d\dT\S+Z .*nginx:1\.26/);
  const logs = following("logs web -f");
  await logs.until(/^\[web\.0\] .*nginx:1\.26$/m);
  logs.child.kill("SIGINT");
  expect(await once(logs.child, "exit")).toEqual([null, "SIGINT"]);
  const watched = following("events -w --service web --since 1h -o json");
  await watched.until(/"reason":"service_created"/);
  const ended = once(watched.child, "exit");
  watched.child.stdout.destroy();
  expect((await oak("scale web 2 --wait=30s")).code).toBe(0);
  expect((await ended)[0]).toBe(0);
  expect((await oak("events --service shop.web")).stdout).toMatch(/^\S+ \S+ +normal +running +/m);
});

test("an update is rolled out, and undone", async () => {
  expect((await oak("scale web 1 --wait=30s")).code).toBe(0);
  const updated = await oak("update web --image docker.io/library/nginx:1.27 --wait=40s");
  expect(updated).toMatchObject({ code: 0, stdout: "web runs revision 2\n" });
  expect((await oak("rollout status web")).stdout).toMatch(/^status +completed$/m);
  expect((await oak("rollout history web")).stdout).toMatch(/^ +2 +yes .*nginx:1\.27 +code/m);
  expect((await oak("rollout undo web")).code).toBe(0);
  await vi.waitFor(
    async () => expect((await oak("logs web --tail 1")).stdout).toContain("nginx:1.26"),
    { timeout: 30_000, interval: 100 },
  );
});

test("nodes and what they carry are shown", async () => {
  const [name = ""] = (await oak("node ls -q")).stdout.split("\n");
  expect((await oak(`node inspect ${name}`)).stdout).toMatch(
    /^shop\.prod\.web\.prod +\d+ +RUNNING/m,
  );
  expect((await oak("top")).stdout).toContain(name);
  expect((await oak("top service -o json")).code).toBe(0);
});

test("accounts, organizations and tokens are made and end", async () => {
  const made = await oak("user create eve --role Application_Provider --password-stdin", "hers");
  expect(made).toMatchObject({ code: 0 });
  expect((await oak("org create lab")).stdout).toMatch(/lab \([0-9a-f]{24}\)/);
  expect((await oak("org member add lab eve --role Organization_Admin")).code).toBe(0);
  expect((await oak("org inspect lab")).stdout).toMatch(/^eve +Organization_Admin$/m);
  const token = (await oak("token create ci --scope read -q")).stdout.trim();
  const reading = await oak("node ls -q", "", { OAK_TOKEN: token });
  expect(reading).toMatchObject({ code: 0 });
  const writing = await oak("scale web 0", "", { OAK_TOKEN: token });
  expect(writing).toMatchObject({ code: 5 });
  expect((await oak("token revoke ci")).code).toBe(0);
  expect((await oak("user delete eve -y")).code).toBe(0);
});

test("hooks and custom resources are kept", async () => {
  const made = await oak(
    "hook create audit https://audit.example/oak --entity applications -e post_create",
  );
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^secret +\S{16,}$/m) });
  expect((await oak("hook ls -q")).stdout).toBe("audit\n");
  expect((await oak("hook delete audit -y")).code).toBe(0);
  const schema = { type: "object", properties: { fps: { type: "integer" } } };
  expect((await oak("resource define camera -f -", JSON.stringify(schema))).code).toBe(0);
  expect((await oak("resource create camera -f -", "fps: 25")).code).toBe(0);
  expect((await oak("resource ls camera")).stdout).toMatch(/^ID +FPS\n\w{24} +25$/m);
  expect((await oak("resource undefine camera -y")).code).toBe(0);
});
