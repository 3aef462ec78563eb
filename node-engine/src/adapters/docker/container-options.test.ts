import { expect, test } from "vitest";
import { aWorkloadSpec } from "../../../test/builders.ts";
import { containerName, longContainerName, toContainerOptions } from "./container-options.ts";

const engineId = "0123456789abcdef01234567";
const options = (job: Parameters<typeof aWorkloadSpec>[0]) =>
  toContainerOptions(aWorkloadSpec(job), { engineId, logs: { maxSize: "5m", maxFiles: 2 } });

test("the name tells the instance, the engine and the placement", () => {
  const { identity } = aWorkloadSpec({ instance_number: 2, epoch: 4, placement: 7 });

  expect(containerName(identity, engineId)).toBe("app.ns.svc.ns.instance.2.012345.7");
  expect(longContainerName(identity, engineId)).toMatch(/\.012345\.7\.4\.[0-9a-f]{6}$/);
});

test("a service without limits gets none but that of its processes", () => {
  const { HostConfig } = options({});

  expect(HostConfig).toMatchObject({ PidsLimit: 4_096 });
  expect(HostConfig).not.toHaveProperty("Memory");
  expect(HostConfig).not.toHaveProperty("NanoCpus");
});

test("a memory limit below that of Docker becomes Docker's smallest", () => {
  expect(options({ job: { memory: 1 } }).HostConfig?.Memory).toBe(6 * 1024 * 1024);
});

test("a command replaces the entrypoint of the image too, no command leaves both", () => {
  expect(options({ job: { cmd: ["a", "b"] } })).toMatchObject({
    Entrypoint: [""],
    Cmd: ["a", "b"],
  });
  expect(options({ job: { cmd: [] } })).not.toHaveProperty("Entrypoint");
});

test("privileged gives the device of fuse, and nothing else", () => {
  const { HostConfig } = options({ job: { privileged: true } });

  expect(HostConfig?.Devices).toEqual([
    { PathOnHost: "/dev/fuse", PathInContainer: "/dev/fuse", CgroupPermissions: "rwm" },
  ]);
  expect(HostConfig?.Privileged).toBeUndefined();
});

test("GPUs are asked for by number", () => {
  expect(options({ job: { vgpus: 2 } }).HostConfig?.DeviceRequests).toEqual([
    { Driver: "", Count: 2, Capabilities: [["gpu"]] },
  ]);
});

test("one container port may have several ports of the host, and 0 leaves the choice to Docker", () => {
  const { HostConfig, ExposedPorts } = options({ job: { port: "8080:80;8081:80;0:53/udp" } });

  expect(HostConfig?.PortBindings).toEqual({
    "80/tcp": [{ HostPort: "8080" }, { HostPort: "8081" }],
    "53/udp": [{ HostPort: "" }],
  });
  expect(Object.keys(ExposedPorts ?? {})).toEqual(["80/tcp", "53/udp"]);
});
