import { expect, test } from "vitest";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";

function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), {
    statusCode,
  });
}

test.each([
  [
    "driver failed programming external connectivity on endpoint web (8345591a45232188): Bind for 0.0.0.0:8080 failed: port is already allocated",
    "port_taken",
    "A port that the service asks for is taken on this machine: driver failed programming external connectivity : Bind for 0.0.0.0:8080 failed: port is already allocated.",
  ],
  [
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
    "command_not_found",
    'The command of the service is not in the image, or cannot be executed: exec: "/nope": stat /nope: no such file or directory.',
  ],
  [
    'error gathering device information while adding custom device "/dev/fuse": no such file or directory',
    "device_missing",
    undefined,
  ],
  ['could not select device driver "" with capabilities: [[gpu]]', "gpu_unavailable", undefined],
  ["write /var/lib/docker/tmp/x: no space left on device", "no_space", undefined],
  ["pull access denied for oak/none, repository does not exist", "image_not_found", undefined],
  ["manifest for 127.0.0.1:5000/x:1 not found: manifest unknown", "image_not_found", undefined],
  ["no matching manifest for linux/arm64 in the manifest list", "image_wrong_platform", undefined],
  ["something that nobody has seen before", "runtime_failed", undefined],
])("%s", (message, reason, detail) => {
  const { fault } = toRuntimeFault(refusal(500, message), "runtime_failed");

  expect(fault.reason).toBe(reason);
  if (detail !== undefined) expect(fault.detail).toBe(detail);
});

test("no answer at all is an unavailable runtime, whatever was tried", () => {
  const error = Object.assign(new Error("connect ENOENT /var/run/docker.sock"), { code: "ENOENT" });

  expect(toRuntimeFault(error, "spec_refused").fault.reason).toBe("runtime_unavailable");
});

test("statuses are only those that Docker sent", () => {
  expect(isStatus(refusal(404, "gone"), 304, 404)).toBe(true);
  expect(isStatus(refusal(500, "x"), 304, 404)).toBe(false);
  expect(isStatus(new Error("404"), 404)).toBe(false);
});
