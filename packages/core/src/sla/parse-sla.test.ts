import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anApplication, anSla, aService, slaWithService } from "../../test/sla-documents.ts";
import { parseSla } from "./parse-sla.ts";
import type { SlaFault } from "./sla-fault.ts";

const user = { mayUsePrivileged: false };
const service0 = "/applications/0/microservices/0";

function faultsIn(document: unknown, context = user): SlaFault[] {
  const parsed = parseSla(document, context);
  return parsed.ok ? [] : parsed.faults;
}

function pointersIn(document: unknown): string[] {
  return faultsIn(document).map((fault) => fault.pointer);
}

describe("documents that are accepted", () => {
  const accepted: [string, object][] = [
    ["one service with only what is required", slaWithService({})],
    ["no applications at all", { sla_version: "v2.0", customerID: "", applications: [] }],
    ["an application without services", anSla(anApplication({ microservices: [] }))],
    ["an application id, which is ignored", anSla(anApplication({ applicationID: "some-id" }))],
    [
      "empty leftovers of a form",
      slaWithService({ state: "", added_files: [], cmd: [], port: "" }),
    ],
    ["a single port", slaWithService({ port: "9080" })],
    ["port lists in both spellings", slaWithService({ port: "80:80/tcp;0:53/udp,8443:443;" })],
    ["fixed addresses", slaWithService({ addresses: { rr_ip: "10.30.30.30" } })],
    ["a runtime by name", slaWithService({ virtualization: "runsc" })],
    ["zero as no limit", slaWithService({ memory: 0, vcpus: 0, vgpus: 0, storage: 0 })],
    ["a whole number written as 2.0", slaWithService(JSON.parse('{"memory":2.0}'))],
    ["unknown keys", slaWithService({ vcpu: 2, notes: { any: ["thing"] } })],
    [
      "dots in the config of a volume",
      slaWithService({ volumes: [aVolume({ "csi.example/fstype": "ext4" })] }),
    ],
    ["numbers in the config of a volume", slaWithService({ volumes: [aVolume({ size: 3 })] })],
    [
      "a unikernel with its architecture",
      slaWithService({ virtualization: "unikernel", arch: ["amd64"] }),
    ],
    [
      "services of one name in two namespaces",
      anSla(
        anApplication({
          microservices: [aService(), aService({ microservice_namespace: "test" })],
        }),
      ),
    ],
  ];
  test.each(accepted)("%s", (_name, document) => {
    expect(faultsIn(document)).toEqual([]);
  });
});

describe("documents that are refused, and where", () => {
  const refused: [string, unknown, string[]][] = [
    ["an empty object", {}, ["/sla_version", "/customerID", "/applications"]],
    ["null", null, [""]],
    ["a list", [], [""]],
    ["text", "v2.0", [""]],
    ["another version", { ...anSla(), sla_version: "v1.0" }, ["/sla_version"]],
    [
      "a misspelt version key",
      { api_version: "v2.0", customerID: "", applications: [] },
      ["/sla_version"],
    ],
    ["a number as customer", { ...anSla(), customerID: 7 }, ["/customerID"]],
    [
      "no namespace",
      anSla(anApplication({ application_namespace: undefined })),
      ["/applications/0/application_namespace"],
    ],
    [
      "a dash in a name",
      slaWithService({ microservice_name: "my-vm" }),
      [`${service0}/microservice_name`],
    ],
    [
      "31 characters",
      slaWithService({ microservice_name: "a".repeat(31) }),
      [`${service0}/microservice_name`],
    ],
    [
      "a newline after a name",
      slaWithService({ microservice_name: "web\n" }),
      [`${service0}/microservice_name`],
    ],
    ["a service id", slaWithService({ microserviceID: "x" }), [`${service0}/microserviceID`]],
    ["no code", slaWithService({ code: undefined }), [`${service0}/code`]],
    ["a fraction of memory", slaWithService({ memory: 2.5 }), [`${service0}/memory`]],
    ["memory as truth", slaWithService({ memory: true }), [`${service0}/memory`]],
    ["negative memory", slaWithService({ memory: -1 }), [`${service0}/memory`]],
    ["more than 1,024 cores", slaWithService({ vcpus: 1025 }), [`${service0}/vcpus`]],
    ["more than 1 PiB", slaWithService({ storage: 2 ** 31 }), [`${service0}/storage`]],
    ["a number as port", slaWithService({ port: 80 }), [`${service0}/port`]],
    ["words as port", slaWithService({ port: "eighty" }), [`${service0}/port`]],
    ["an unknown protocol", slaWithService({ port: "80:80/sctp" }), [`${service0}/port`]],
    ["a port out of range", slaWithService({ port: "80:65536" }), [`${service0}/port`]],
    ["container port 0", slaWithService({ port: "80:0" }), [`${service0}/port`]],
    ["one host port twice", slaWithService({ port: "80:80;80:81" }), [`${service0}/port`]],
    ["cmd as text", slaWithService({ cmd: "sleep 1" }), [`${service0}/cmd`]],
    [
      "an environment entry without =",
      slaWithService({ environment: ["A=1", "B"] }),
      [`${service0}/environment/1`],
    ],
    [
      "a volume without id",
      slaWithService({ volumes: [{ csi_driver: "d" }] }),
      [`${service0}/volumes/0/volume_id`],
    ],
    [
      "a constraint without type",
      slaWithService({ constraints: [{}] }),
      [`${service0}/constraints/0/type`],
    ],
    [
      "an unknown constraint",
      slaWithService({ constraints: [{ type: "moon" }] }),
      [`${service0}/constraints/0/type`],
    ],
    ["text for a switch", slaWithService({ one_shot: "true" }), [`${service0}/one_shot`]],
    ["a list as addresses", slaWithService({ addresses: [] }), [`${service0}/addresses`]],
    [
      "null as address",
      slaWithService({ addresses: { rr_ip: null } }),
      [`${service0}/addresses/rr_ip`],
    ],
    [
      "an address outside of the plan",
      slaWithService({ addresses: { rr_ip: "10.20.0.1", rr_ip_v6: "fdff:2000::1" } }),
      [`${service0}/addresses/rr_ip`],
    ],
    [
      "what only looks like an address",
      slaWithService({ addresses: { rr_ip: "10.30.300.1", closest_ip_v6: "fdff:1000::g" } }),
      [`${service0}/addresses/rr_ip`, `${service0}/addresses/closest_ip_v6`],
    ],
    [
      "an application without its namespace in accept_from",
      slaWithService({ accept_from: ["shop", "*"] }),
      [`${service0}/accept_from/0`],
    ],
    [
      "a unikernel without arch",
      slaWithService({ virtualization: "unikernel" }),
      [`${service0}/arch`],
    ],
    [
      "more architectures than images",
      slaWithService({ virtualization: "unikernel", arch: ["amd64", "arm64"] }),
      [`${service0}/arch`],
    ],
    [
      "privileged without the role",
      slaWithService({ privileged: true }),
      [`${service0}/privileged`],
    ],
    ["an operator as key", slaWithService({ $where: "1" }), [`${service0}/$where`]],
    [
      "an operator deep inside",
      slaWithService({ notes: [{ $gt: 1 }] }),
      [`${service0}/notes/0/$gt`],
    ],
    [
      "a prototype",
      JSON.parse(JSON.stringify(slaWithService({ key: 1 })).replace('"key"', '"__proto__"')),
      [`${service0}/__proto__`],
    ],
    ["a dot in a key", slaWithService({ "a.b": 1 }), [`${service0}/a.b`]],
    ["an empty key", anSla(anApplication({ "": 1 })), ["/applications/0/"]],
    ["a NUL character", slaWithService({ notes: "a\0b" }), [`${service0}/notes`]],
    [
      "names that differ in case only",
      anSla(
        anApplication({
          microservices: [aService(), aService({ microservice_name: "WEB" })],
        }),
      ),
      ["/applications/0/microservices/1/microservice_name"],
    ],
    [
      "two applications of one name",
      anSla(anApplication(), anApplication({ microservices: [] })),
      ["/applications/1/application_name"],
    ],
  ];
  test.each(refused)("%s", (_name, document, pointers) => {
    expect(pointersIn(document)).toEqual(pointers);
  });
});

function aVolume(config: object): object {
  return { volume_id: "data", csi_driver: "csi.example", config };
}

test("every fault of a document is listed, with what was found and what is allowed", () => {
  const faults = faultsIn({
    sla_version: "v3",
    applications: [
      anApplication({
        application_name: "no_underscores",
        microservices: [
          aService({ memory: "64", port: "80:99999" }),
          aService({ privileged: true }),
        ],
      }),
    ],
  });
  expect(faults.map(({ pointer, found }) => [pointer, found])).toEqual([
    ["/sla_version", '"v3"'],
    ["/customerID", "nothing"],
    ["/applications/0/application_name", '"no_underscores"'],
    ["/applications/0/microservices/0/memory", '"64"'],
    ["/applications/0/microservices/1/microservice_name", '"web"'],
    ["/applications/0/microservices/0/port", '"80:99999"'],
    ["/applications/0/microservices/1/privileged", "true"],
  ]);
  expect(faults.every((fault) => fault.allowed !== undefined)).toBe(true);
});

test("an administrator may ask for a privileged service", () => {
  expect(faultsIn(slaWithService({ privileged: true }), { mayUsePrivileged: true })).toEqual([]);
});

test("nesting beyond the limit is refused once", () => {
  let deep: unknown = "bottom";
  for (let level = 0; level < 1000; level += 1) deep = [deep];
  expect(faultsIn(slaWithService({ deep })).map((fault) => fault.message)).toEqual([
    "is nested too deeply",
  ]);
});

test("more than 100 services in an application are refused", () => {
  const microservices = Array.from({ length: 101 }, (_, n) =>
    aService({ microservice_name: `s${n}` }),
  );
  expect(pointersIn(anSla(anApplication({ microservices })))).toEqual([
    "/applications/0/microservices",
  ]);
});

test("a hostile list gives at most 100 faults", () => {
  expect(
    faultsIn(slaWithService({ environment: Array.from({ length: 1000 }, () => "x") })),
  ).toHaveLength(100);
});

test("what an environment entry holds is not repeated", () => {
  const [fault] = faultsIn(slaWithService({ environment: ["hunter2"] }));
  expect(JSON.stringify(fault)).not.toContain("hunter2");
});

test("no JSON document makes it throw, and what it accepts is typed as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, other) => {
      const document = anSla(anApplication({ microservices: [aService({ port: value }), other] }));
      const parsed = parseSla(document, user);
      if (parsed.ok)
        expect(JSON.parse(JSON.stringify(parsed.sla))).toEqual(
          JSON.parse(JSON.stringify(document)),
        );
      else expect(parsed.faults.length).toBeGreaterThan(0);
    }),
  );
});
