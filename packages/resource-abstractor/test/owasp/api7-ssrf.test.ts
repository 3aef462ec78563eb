import type { HookDelivery, HookWithSecret } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReachRule } from "../../src/domain/hooks/reach-policy.ts";
import { newId, type Service, startService } from "../harness.ts";
import { type Receiver, startReceiver } from "../receiver.ts";

/*
 * OWASP API7:2023, server side request forgery: the address of a hook is the one place where a caller says where this
 * service connects to.
 */

/** What the names of this test stand for, and how often each was looked up. */
const names = new Map<string, string[]>();
let lookups: string[] = [];

async function resolve(host: string): Promise<string[]> {
  lookups.push(host);
  const found = names.get(host);
  if (found === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
  return found;
}

const services: Service[] = [];
async function serviceWith(allow: ReachRule[] = [], allowPrivate = true): Promise<Service> {
  const service = await startService({
    hooks: { allow, allowPrivate, resolve, limits: { timeoutMs: 2_000, connectTimeoutMs: 300 } },
  });
  services.push(service);
  return service;
}

let closed: Service;
let receiver: Receiver;
beforeAll(async () => {
  closed = await serviceWith();
  receiver = await startReceiver();
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await receiver.stop();
});

const aHook = (webhook_url: string) => ({
  hook_name: newId(),
  webhook_url,
  entity: "applications",
  events: ["post_create"],
});

/** What comes of a call of a hook with this address. */
async function pinged(service: Service, url: string): Promise<HookDelivery> {
  const { _id } = await service.call<HookWithSecret>("POST /hooks", aHook(url));
  try {
    return await service.call<HookDelivery>(`POST /hooks/${_id}/test`);
  } finally {
    await service.call(`DELETE /hooks/${_id}`);
  }
}

test.each([
  "http://127.0.0.1:8080/",
  "http://127.255.255.254:8080/",
  "http://localhost:8080/",
  "http://LOCALHOST.:8080/",
  "http://api.localhost:8080/",
  "http://0.0.0.0:8080/",
  "http://0:8080/",
  "http://2130706433:8080/",
  "http://0x7f000001:8080/",
  "http://0177.0.0.1:8080/",
  "http://127.1:8080/",
  "http://①②⑦.0.0.1:8080/",
  "http://[::1]:8080/",
  "http://[::]:8080/",
  "http://[0:0:0:0:0:0:0:1]:8080/",
  "http://[::ffff:127.0.0.1]:8080/",
  "http://[::ffff:7f00:1]:8080/",
  "http://[::127.0.0.1]:8080/",
  "http://[64:ff9b::7f00:1]:8080/",
  "http://[2002:7f00:1::]:8080/",
  "http://169.254.169.254/latest/meta-data/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://[fd00:ec2::254]/",
  "http://100.100.100.200/",
  "http://169.254.1.1/",
  "http://[fe80::1]/",
  "http://224.0.0.1/",
  "http://255.255.255.255/",
  "http://[ff02::1]/",
])("%s is refused when the hook is made, and when it is changed", async (url) => {
  const refused = { status: 422, code: "webhook_refused" };
  expect(await closed.refusal("POST /hooks", aHook(url))).toEqual(refused);
  const good = await closed.call<HookWithSecret>("POST /hooks", aHook("https://hooks.example/"));
  const change = { webhook_url: url };
  expect(await closed.refusal(`PATCH /hooks/${good._id}`, change)).toEqual(refused);
  await closed.call(`DELETE /hooks/${good._id}`);
});

test.each([
  "ftp://hooks.example/",
  "file:///etc/passwd",
  "gopher://hooks.example:70/_",
  "unix:/var/run/docker.sock",
  "javascript:1",
  "http://user:password@hooks.example/",
  "http://user@hooks.example/",
  "http://hooks.example/#fragment",
  "http://hooks.example\\@127.0.0.1/",
  "http://hooks.example/\r\nx-injected: 1",
  " http://hooks.example/",
  "hooks.example",
  "http://",
  "http://[::1",
  "http://[fe80::1%25eth0]/",
])("%j is no address of a hook", async (url) => {
  expect(await closed.refusal("POST /hooks", aHook(url))).toMatchObject({ status: 422 });
});

test.each([22, 25, 6379, 27017, 5432])("port %d is not for hooks", async (port) => {
  const hook = aHook(`http://hooks.example:${port}/`);
  expect(await closed.refusal("POST /hooks", hook)).toEqual({
    status: 422,
    code: "webhook_refused",
  });
});

test.each([
  ["of this machine", ["127.0.0.1"]],
  ["of this machine, in IPv6", ["::1"]],
  ["of the metadata service", ["169.254.169.254"]],
  ["of which one is of this machine", ["192.0.2.1", "127.0.0.1"]],
])("a name that stands for an address %s is not called", async (_what, addresses) => {
  names.set("inside.example", addresses);
  const result = await pinged(closed, `http://inside.example:${receiver.port}/`);
  expect(result).toMatchObject({ outcome: "given_up", status: null });
  expect(result.error).toContain("must not be reached");
  expect(receiver.received).toEqual([]);
});

test("private addresses are closed where the operator says so", async () => {
  const strict = await serviceWith([], false);
  for (const url of ["http://10.0.0.1/", "http://192.168.1.1:8080/", "http://[fd00::1]/"]) {
    expect(await strict.refusal("POST /hooks", aHook(url))).toMatchObject({ status: 422 });
    expect(await closed.call("POST /hooks", aHook(url))).toMatchObject({ webhook_url: url });
  }
});

test("a name is looked up once a call, and what was judged is what is called", async () => {
  const open = await serviceWith([{ range: { address: "127.0.0.1", prefix: 32 } }]);
  lookups = [];
  names.set("rebinding.example", ["127.0.0.1"]);
  const url = `http://rebinding.example:${receiver.port}/`;
  expect(await pinged(open, url)).toMatchObject({ outcome: "delivered", status: 204 });
  expect(lookups).toEqual(["rebinding.example"]);
  expect(receiver.received.at(-1)!.headers.host).toBe(`rebinding.example:${receiver.port}`);
  names.set("rebinding.example", ["169.254.169.254"]);
  expect(await pinged(open, url)).toMatchObject({ outcome: "given_up", status: null });
});

test("an allowed name leads to this machine, on its port alone, and never to the metadata service", async () => {
  const open = await serviceWith([{ name: "receiver", port: receiver.port }]);
  names.set("receiver", ["127.0.0.1"]);
  expect(await pinged(open, `http://receiver:${receiver.port}/`)).toMatchObject({ status: 204 });
  expect(await pinged(open, "http://receiver:8080/")).toMatchObject({ status: null });
  names.set("receiver", ["169.254.169.254"]);
  expect(await pinged(open, `http://receiver:${receiver.port}/`)).toMatchObject({ status: null });
});

test("a redirect is not followed", async () => {
  const open = await serviceWith([{ range: { address: "127.0.0.1", prefix: 32 } }]);
  receiver.received.length = 0;
  receiver.behave((_received, response) => {
    response.writeHead(302, { location: `${receiver.url}/inside` }).end();
  });
  expect(await pinged(open, receiver.url)).toMatchObject({ outcome: "given_up", status: 302 });
  expect(receiver.received.map(({ path }) => path)).toEqual(["/hook"]);
});

test("what a place inside answers is not shown to the caller", async () => {
  const open = await serviceWith([{ range: { address: "127.0.0.1", prefix: 32 } }]);
  receiver.behave((_received, response) => response.writeHead(500).end("the secret of this place"));
  expect(JSON.stringify(await pinged(open, receiver.url))).not.toContain("secret of this place");
});
