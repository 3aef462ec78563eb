import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addAllInOne, createTestBed, type TestBed } from "@oak/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { DEFAULT_PORTS } from "../../all-in-one/src/ports.ts";
import { oak as oakProcess } from "./oak-process.ts";

// A whole system with a worker that only pretends, and `oak` as a process of its own, as in a script. The tests are one
// journey: each goes on where the one before ended.
let bed: TestBed;
let url: string;
let home: string;

beforeAll(async () => {
  bed = await createTestBed();
  const program = await addAllInOne(bed, {
    ports: { ...DEFAULT_PORTS },
    env: { OAK_RUNTIME: "fake", ADMIN_PASSWORD: "a password", LOG_LEVEL: "warn" },
  });
  await program.process.start();
  url = program.url;
  home = bed.folder;
}, 90_000);

afterAll(() => bed.close());

const oak = (line: string, input?: string) =>
  oakProcess(line.split(" "), { HOME: home, TZ: "UTC" }, input);

/** In YAML, with what YAML is for. */
const slaOf = (name: string, memory: number): string => `
sla_version: v2.0
customerID: Admin
applications:
  - application_name: ${name}
    application_namespace: test
    microservices:
      - &web   # a comment
        microservice_name: web
        microservice_namespace: test
        virtualization: container
        code: docker.io/library/nginx:1.27
        memory: ${memory}
        vcpus: 0
      - <<: *web
        microservice_name: db
`;

test("before a login it is said that one is needed, and a wrong password is told", async () => {
  expect(await oak(`app ls --server ${url}`)).toMatchObject({ code: 5, stdout: "" });
  const wrong = await oak(`login ${url} --password-stdin`, "Admin");
  expect(wrong).toMatchObject({ code: 5, stdout: "" });
  const right = await oak(`login ${url} --password-stdin`, "a password\n");
  expect(right).toMatchObject({ code: 0, stderr: "" });
  expect((await oak("whoami")).stdout).toMatch(/^user +Admin$/m);
});

test("an SLA in YAML is created, deployed and waited for", async () => {
  const file = join(home, "shop.yaml");
  await writeFile(file, slaOf("shop", 10));
  const made = await oak(`app create -f ${file} -d --wait=60s`);
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^created shop\.test \(2 /),
  });
  expect((await oak("app ls -q")).stdout).toBe("shop\n");
  const again = await oak("a c -f -", slaOf("shop", 10));
  expect(again).toMatchObject({ code: 7, stdout: "" });
});

test("lists and single things are tables for people, and exact answers for programs", async () => {
  const table = await oak("s ls");
  expect(table.stdout).toMatch(
    /^NAME +APPLICATION +STATUS +RUNNING +ID\n(web|db) +shop +RUNNING +1\/1 +\w{24}\n/,
  );
  expect(table.stdout).not.toContain("\u001b");
  const services = JSON.parse((await oak("service show -n shop -o json")).stdout);
  expect(services).toMatchObject([{ microservice_name: "web" }, { microservice_name: "db" }]);
  const one = parse((await oak("s i shop.web -o yaml")).stdout);
  expect(one).toEqual(
    expect.objectContaining({ microservice_name: "web", instance_list: [expect.anything()] }),
  );
  expect(JSON.parse((await oak("s i web 0 -o json")).stdout)).toMatchObject({ instance_number: 0 });
});

test("instances are added and stopped, one by one and all", async () => {
  expect(await oak("s scale up web 2 --wait")).toMatchObject({
    code: 0,
    stdout: "web: 3 instances\n",
  });
  expect(await oak("service undeploy web 0 --wait")).toMatchObject({
    code: 0,
    stdout: "stopped web 0\n",
  });
  expect(await oak("s i web 0")).toMatchObject({ code: 4 });
  expect(await oak("s scale down web 1 --wait")).toMatchObject({ code: 0 });
  expect(await oak("s scale down web 5")).toMatchObject({ code: 7 });
  expect((await oak("s u web -y --wait")).code).toBe(0);
  expect(await oak("s deploy --all --wait")).toMatchObject({
    code: 0,
    stdout: "running: one more of web\n",
  });
});

test("what does not come in time ends with 3", async () => {
  const made = await oak("app create -f - -d --wait=1s", slaOf("big", 9_000_000));
  expect(made).toMatchObject({ code: 3, stderr: expect.stringContaining("not done within 1 s") });
  expect((await oak("app delete big -y --wait")).code).toBe(0);
});

test("names are found out, and clusters shown", async () => {
  expect(await oak("s i wbe")).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("did you mean web?"),
  });
  expect((await oak("cl ls -a")).stdout).toMatch(/^NAME +STATUS[^\n]*\nlocal +active +1 /);
  expect((await oak("cluster info local")).stdout).toMatch(/^status +active$/m);
  expect(await oak("cluster info lokal")).toMatchObject({ code: 4 });
});

test("a session whose access token is lost is renewed once by several commands at once", async () => {
  const config = join(home, ".config", "oak", "config.json");
  const readContext = async () => {
    const { contexts } = JSON.parse(await readFile(config, "utf8"));
    return Object.values<{ accessToken: string; refreshToken: string }>(contexts)[0];
  };
  const before = await readContext();
  const text = await readFile(config, "utf8");
  await writeFile(config, text.replace(before?.accessToken ?? "", ""));
  const ended = await Promise.all([oak("app ls -q"), oak("cl ls -q"), oak("s ls -q")]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  const after = await readContext();
  expect(after?.refreshToken).not.toBe(before?.refreshToken);
  expect((await oak("app ls")).code).toBe(0);
});

test("a token with a scope does what it says, and no more", async () => {
  const made = await oak("token create reader --scope read -o json");
  const { token } = JSON.parse(made.stdout);
  expect(await oak(`login ${url} --name robot --token`, token)).toMatchObject({ code: 0 });
  expect((await oak("app ls -q --context robot")).stdout).toBe("shop\n");
  expect((await oak("whoami --context robot")).code).toBe(0);
  expect(await oak("s deploy web --context robot")).toMatchObject({ code: 5 });
  expect((await oak("config use default")).code).toBe(0);
  expect((await oak("token revoke reader")).code).toBe(0);
  expect(await oak("app ls --context robot")).toMatchObject({ code: 5 });
});

test("all goes again, and the session ends", async () => {
  expect(await oak("app delete shop")).toMatchObject({ code: 2 });
  expect(await oak("a d shop -y --wait")).toMatchObject({ code: 0, stdout: "deleted shop\n" });
  expect(await oak("app ls")).toMatchObject({ code: 0, stdout: "" });
  expect(await oak("logout")).toMatchObject({ code: 0, stderr: "" });
  expect((await oak("app ls")).code).toBe(5);
});
