import { expect, test } from "vitest";
import { portRules, readPortMappings } from "./port-rules.ts";

const none: ReadonlySet<string> = new Set();

function rules(list: string, address = "0.0.0.0") {
  const read = readPortMappings(list, none);
  return read.ok ? portRules(read.mappings, address) : read.reason;
}

test.each([
  ["", []],
  ["80:80", [{ protocol: "tcp", hostPort: 80, target: "0.0.0.0:80" }]],
  [
    "80:80/udp;90:100/udp",
    [
      { protocol: "udp", hostPort: 80, target: "0.0.0.0:80" },
      { protocol: "udp", hostPort: 90, target: "0.0.0.0:100" },
    ],
  ],
  ["80:80-80", "malformed"],
  ["hello", "malformed"],
  ["80:80/sctp", "malformed"],
  ["65536:80", "out_of_range"],
])("%j becomes %j", (list, expected) => {
  expect(rules(list)).toEqual(expected);
});

test("an address of IPv6 stands in brackets", () => {
  expect(rules("80", "fc00::2")).toEqual([
    { protocol: "tcp", hostPort: 80, target: "[fc00::2]:80" },
  ]);
});

test("a port that another has is refused by its name, the tunnel's as well", () => {
  const taken = new Set(["8080/tcp", "50103/udp"]);
  expect(readPortMappings("90;8080:80", taken)).toMatchObject({
    reason: "taken",
    port: "8080/tcp",
  });
  expect(readPortMappings("50103:53/udp", taken)).toMatchObject({ port: "50103/udp" });
  expect(readPortMappings("50103:53/tcp;8080:80/udp", taken)).toMatchObject({ ok: true });
  expect(readPortMappings("70:1;70:2", none)).toMatchObject({ reason: "taken", port: "70/tcp" });
});

test("ports that the host may choose are never taken", () => {
  expect(readPortMappings("0:80;0:81", none)).toMatchObject({ ok: true });
});
