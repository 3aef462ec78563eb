import { expect, test } from "vitest";
import {
  admit,
  identityKeyOf,
  isAnotherSystem,
  isOlderWorker,
  registrationFaults,
} from "./registration.ts";

const nodeId = "65f0c0ffee65f0c0ffee65f0";
const nothing = { isOlder: false, hasJoinSecret: false, hasPassword: false, hasTried: false };

test.each([
  ["the join secret", { ...nothing, hasJoinSecret: true }, false, "join_secret"],
  ["its password", { ...nothing, hasPassword: true }, false, "password"],
  ["both", { ...nothing, hasPassword: true, hasJoinSecret: true }, false, "password"],
  ["nothing", nothing, false, "no_secret"],
  ["nothing where older workers may join", nothing, true, "no_secret"],
  ["something wrong", { ...nothing, hasTried: true }, true, "wrong_secret"],
  ["an older worker without secret", { ...nothing, isOlder: true }, false, "older_worker"],
  ["an older worker where that is allowed", { ...nothing, isOlder: true }, true, "insecure"],
  [
    "an older worker with the secret",
    { ...nothing, isOlder: true, hasJoinSecret: true },
    false,
    "join_secret",
  ],
])("%s", (_case, proof, allowInsecureJoin, expected) => {
  const admission = admit(proof, allowInsecureJoin);
  expect(admission.ok ? admission.how : admission.reason).toBe(expected);
});

test("two hosts of one name are two workers when they have node ids", () => {
  expect(identityKeyOf({ host: "a", node_id: nodeId })).toBe(`node:${nodeId}`);
  expect(identityKeyOf({ host: "a" })).toBe("name:a");
  expect(isOlderWorker({ host: "a" })).toBe(true);
});

test.each([
  ["the same boot", { machine_id: "m", boot_id: "b" }, false],
  ["another boot", { machine_id: "m", boot_id: "c" }, true],
  ["another machine", { machine_id: "n", boot_id: "b" }, true],
  ["nothing to compare", {}, false],
])("%s tells whether it is another system", (_case, ids, expected) => {
  expect(isAnotherSystem({ machine_id: "m", boot_id: "b" }, { host: "a", ...ids })).toBe(expected);
  expect(isAnotherSystem({}, { host: "a", ...ids })).toBe(false);
});

test("a node id needs a protocol version, and the other way round", () => {
  const pointers = (registration: Parameters<typeof registrationFaults>[0]) =>
    registrationFaults(registration).map((fault) => fault.pointer);
  expect(pointers({ host: "a", node_id: nodeId })).toEqual(["/proto"]);
  expect(pointers({ host: "a", proto: 1 })).toEqual(["/node_id"]);
  expect(pointers({ host: "a", node_id: nodeId, proto: 1 })).toEqual([]);
});

test("keys that a database would take for operators or paths are faults", () => {
  const faults = registrationFaults({ host: "a", $where: "1", "a.b": 1, fine: { "a.b": 1 } });
  expect(faults.map((fault) => fault.pointer)).toEqual(["/$where", "/a.b"]);
});
