import { expect, test } from "vitest";
import { aRegistration, startShell } from "./shell.ts";

test("a worker with the join secret gets an id, a session and its own credential", async () => {
  const { join, check, stored, registered } = await startShell();
  const answer = await join(aRegistration());
  expect(answer).toMatchObject({
    MQTT_BROKER_PORT: "10003",
    session: 1,
    incarnation: "incarnation-1",
    heartbeat_ms: 1_000,
    mqtt: { username: answer.id },
  });
  expect((await check(answer.mqtt)).body).toEqual({ kind: "worker", id: answer.id });
  expect(stored.get(answer.id)).toMatchObject({ candidate_name: "edge-1", session: 1 });
  expect(stored.get(answer.id)).not.toHaveProperty("token");
  expect(registered).toMatchObject([{ id: answer.id, session: 1, isLegacy: false, wantRev: 0 }]);
});

test.each([
  ["no secret", { token: undefined }, undefined],
  ["a wrong secret", { token: "a guess" }, undefined],
  ["a password that nobody gave it", { token: undefined }, "a-guess"],
])("a worker with %s is refused, and nothing is stored", async (_case, changes, bearer) => {
  const { register, stored } = await startShell();
  const { token: _dropped, ...rest } = aRegistration();
  const body = changes.token === undefined ? rest : { ...rest, token: changes.token };
  const { status, body: answer } = await register(body, bearer);
  expect([status, answer.error]).toEqual([401, "join_refused"]);
  expect(stored.size).toBe(0);
});

test("coming back with its password a worker keeps id and password, in a new session", async () => {
  const { join, disconnected } = await startShell();
  const first = await join(aRegistration());
  const { token: _dropped, ...withoutSecret } = aRegistration();
  const second = await join(withoutSecret, first.mqtt.password);
  expect(second).toEqual({ ...first, session: 2 });
  expect(disconnected).toEqual([]);
});

test("joining again with the join secret ends the old password", async () => {
  const { join, check, disconnected } = await startShell();
  const first = await join(aRegistration());
  const second = await join(aRegistration());
  expect(second.id).toBe(first.id);
  expect(second.session).toBe(2);
  expect((await check(first.mqtt)).body).toEqual({ kind: "none" });
  expect((await check(second.mqtt)).body).toEqual({ kind: "worker", id: first.id });
  expect(disconnected).toEqual([first.id]);
});

test("a password opens one worker only", async () => {
  const { join, register } = await startShell();
  const first = await join(aRegistration());
  await join(aRegistration({ node_id: "bbbbbbbbbbbbbbbbbbbbbbbb" }));
  const { token: _dropped, ...other } = aRegistration({ node_id: "bbbbbbbbbbbbbbbbbbbbbbbb" });
  expect((await register(other, first.mqtt.password)).status).toBe(401);
});

test("two hosts of one name are two workers", async () => {
  const { join } = await startShell();
  const first = await join(aRegistration());
  const second = await join(aRegistration({ node_id: "bbbbbbbbbbbbbbbbbbbbbbbb" }));
  expect(second.id).not.toBe(first.id);
});

test("twenty registrations of one worker at once make one worker and rising sessions", async () => {
  const { join, stored } = await startShell();
  const answers = await Promise.all(Array.from({ length: 20 }, () => join(aRegistration())));
  const sessions = answers.map((answer) => answer.session).toSorted((a, b) => a - b);
  expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
  expect(sessions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect([...stored.values()].map((candidate) => candidate.session)).toEqual([20]);
});

test.each([
  ["a copied disk on another machine", { machine_id: "machine-2", boot_id: "boot-2" }],
  ["a copied machine, booted for itself", { boot_id: "boot-2" }],
])("%s is refused while the first one lives", async (_case, changes) => {
  const { join, register, heard } = await startShell();
  const first = await join(aRegistration());
  heard.add(first.id);
  const { status, body } = await register(aRegistration(changes), first.mqtt.password);
  expect([status, body.error]).toEqual([409, "worker_alive_elsewhere"]);
  expect(body.message).toContain("remove the node id");
});

test("an agent that restarts on the same system is let in while its worker counts as alive", async () => {
  const { join, heard } = await startShell();
  const first = await join(aRegistration());
  heard.add(first.id);
  expect((await join(aRegistration(), first.mqtt.password)).session).toBe(2);
});

test("after a reboot the worker is let in once its former life is silent", async () => {
  const { join, register, heard } = await startShell();
  const first = await join(aRegistration());
  const rebooted = aRegistration({ boot_id: "boot-2" });
  heard.add(first.id);
  expect((await register(rebooted, first.mqtt.password)).status).toBe(409);
  heard.delete(first.id);
  expect((await join(rebooted, first.mqtt.password)).id).toBe(first.id);
  heard.add(first.id);
  expect((await join(rebooted, first.mqtt.password)).session).toBe(3);
});

test("a database that lost its workers continues from what the candidates know", async () => {
  const { join, stored } = await startShell();
  const id = "cccccccccccccccccccccccc";
  stored.set(id, {
    _id: id,
    candidate_name: "edge-1",
    ip: "",
    session: 41,
    want_rev: 7,
    liveness: "alive",
    allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
    node_id: "aaaaaaaaaaaaaaaaaaaaaaaa",
  });
  expect(await join(aRegistration())).toMatchObject({ id, session: 42 });
});

test("after a restore sessions continue above the tier's base", async () => {
  const tier = { current: () => ({ incarnation: "incarnation-2", base: 1_000_000 }) };
  const { join } = await startShell({ deps: { tier } });
  expect((await join(aRegistration())).session).toBe(1_000_001);
});

test("a broker that is away does not keep a worker from joining again", async () => {
  const broker = { disconnect: () => Promise.reject(new Error("away")) };
  const { join } = await startShell({ deps: { broker } });
  await join(aRegistration());
  expect((await join(aRegistration())).session).toBe(2);
});

test("an older worker is refused unless that is allowed", async () => {
  const { register } = await startShell();
  const { status, body } = await register({ host: "edge-1" });
  expect([status, body.error]).toEqual([403, "older_worker_refused"]);
});

/** upstream: what its NodeEngine sends, shortened. */
const olderWorker = {
  id: "",
  host: "raspberry",
  ip: "192.168.1.30",
  port: "3000",
  system_info: { kernel_version: "6.1", architecture: "arm64" },
  cpu_percent: 3.2,
  vcpus: 4,
  architecture: "arm64",
  memory_percent: 50,
  memory: 2_000,
  disk_info: { "/": "41" },
  gpu_driver: "-",
  gpu_usage: 0,
  vgpus: 0,
  virtualization: ["docker"],
  supported_addons: null,
  csi_drivers: null,
  Overlay: true,
  NetManagerPort: 0,
};

test("where it is allowed, an older worker is known by its hostname", async () => {
  const { join, stored, registered } = await startShell({ allowInsecureJoin: true });
  const first = await join(olderWorker);
  const again = await join({ ...olderWorker, ip: "192.168.1.31" });
  const second = await join({ ...olderWorker, host: "other" });
  expect(again).toMatchObject({ id: first.id, session: 2 });
  expect(second.id).not.toBe(first.id);
  expect(stored.get(first.id)).toMatchObject({
    candidate_name: "raspberry",
    ip: "192.168.1.31",
    architecture: "arm64",
    allocatable: { vcpus: 4, memory: 3_800 },
  });
  expect(registered[0]).toMatchObject({ isLegacy: true });
});

test("an older worker cannot become a worker of the same name that has proved itself", async () => {
  const { join } = await startShell({ allowInsecureJoin: true });
  const proven = await join(aRegistration({ host: "raspberry" }));
  expect((await join(olderWorker)).id).not.toBe(proven.id);
});

test("every fault of a body is told, and nothing is stored", async () => {
  const { app, stored } = await startShell();
  const response = await app.inject({
    method: "POST",
    url: "/api/node/register",
    payload: { host: 7, node_id: "short", proto: 0, virtualization: "docker" },
  });
  expect(response.statusCode).toBe(422);
  const pointers = response.json().errors.map((fault: { pointer: string }) => fault.pointer);
  expect(pointers.toSorted()).toEqual(["/host", "/node_id", "/proto", "/virtualization"]);
  expect(stored.size).toBe(0);
});

test("operators as keys are faults", async () => {
  const { register } = await startShell();
  const { status, body } = await register({ ...aRegistration(), $where: "1", "holds.x": 1 });
  expect(status).toBe(422);
  expect(body.errors).toHaveLength(2);
});
