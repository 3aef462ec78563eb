import { expect, test } from "vitest";
import { formatEndpoint, parseEndpoint } from "./wireguard-control.ts";
import { parseDump, toolArguments } from "./wireguard-tool.ts";
import { formatUapi, parseUapi } from "./wireguard-uapi.ts";

const key = Buffer.alloc(32, 1).toString("base64");
const hex = "01".repeat(32);
const peer = {
  publicKey: key,
  endpoint: { host: "2001:db8::1", port: 50_104 },
  allowedIps: ["10.31.0.1/32"],
};
const change = { device: { privateKey: key, port: 50_104 }, removed: [key], set: [peer] };

test("a device in user space is told line by line", () => {
  expect(formatUapi(change)).toBe(`set=1
private_key=${hex}
listen_port=50104
public_key=${hex}
remove=true
public_key=${hex}
endpoint=[2001:db8::1]:50104
persistent_keepalive_interval=25
replace_allowed_ips=true
allowed_ip=10.31.0.1/32

`);
});

test("a device in the kernel is told by arguments, and its key by a file", () => {
  expect(toolArguments(change, "/key").join(" ")).toBe(
    `private-key /key listen-port 50104 peer ${key} remove peer ${key} endpoint [2001:db8::1]:50104 persistent-keepalive 25 allowed-ips 10.31.0.1/32`,
  );
});

test("both tell the same of a device", () => {
  const device = { privateKey: key, port: 50_104, peers: [{ ...peer, handshakeS: 1_700_000_000 }] };
  const uapi = `private_key=${hex}\nlisten_port=50104\npublic_key=${hex}\nendpoint=[2001:db8::1]:50104\nlast_handshake_time_sec=1700000000\nallowed_ip=10.31.0.1/32\nerrno=0\n\n`;
  const dump = `${key}\t${key}\t50104\toff\n${key}\t(none)\t[2001:db8::1]:50104\t10.31.0.1/32\t1700000000\t1\t2\t25\n`;
  expect(parseUapi(uapi)).toEqual(device);
  expect(parseDump(dump)).toEqual(device);
});

test("a peer that was never heard of has neither an endpoint nor a handshake", () => {
  const dump = `(none)\t(none)\t0\toff\n${key}\t(none)\t(none)\t(none)\t0\t0\t0\toff\n`;
  expect(parseDump(dump)).toEqual({ port: 0, peers: [{ publicKey: key, allowedIps: [] }] });
});

test("a refusal is an error", () => {
  expect(() => parseUapi("errno=-22\n\n")).toThrow("errno -22");
  expect(() => parseUapi("")).toThrow("missing");
});

test.each([
  { host: "192.0.2.1", port: 1 },
  { host: "2001:db8::1", port: 65_535 },
])("an endpoint is read as it was written", (endpoint) => {
  expect(parseEndpoint(formatEndpoint(endpoint))).toEqual(endpoint);
});
