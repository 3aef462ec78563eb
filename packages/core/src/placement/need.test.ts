import { expect, test } from "vitest";
import { aJob } from "../../test/candidates.ts";
import { needOf } from "./need.ts";

test("a need is the amounts of the spec and the host ports that it claims", () => {
  const need = needOf(aJob({ vcpus: 2, memory: 512, vgpus: 1, port: "8080:80;53:53/udp" }));
  expect(need).toEqual({
    vcpus: 2,
    memory: 512,
    vgpus: 1,
    host_ports: ["8080/tcp", "53/udp"],
  });
});

test("absent amounts ask for nothing", () => {
  const { vcpus: _vcpus, memory: _memory, ...job } = aJob();
  expect(needOf(job)).toEqual({ vcpus: 0, memory: 0, vgpus: 0, host_ports: [] });
});

test("host port 0 claims none, and one port is claimed once", () => {
  expect(needOf(aJob({ port: "0:80;81:80;81:82" })).host_ports).toEqual(["81/tcp"]);
});

test("the same port of tcp and udp are two claims", () => {
  expect(needOf(aJob({ port: "53;53/udp" })).host_ports).toEqual(["53/tcp", "53/udp"]);
});
