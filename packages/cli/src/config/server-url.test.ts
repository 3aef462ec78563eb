import { expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { serverUrlOf } from "./server-url.ts";

test.each([
  ["192.0.2.10", "http://192.0.2.10:10000"],
  ["oak.example", "http://oak.example:10000"],
  ["oak.example:80", "http://oak.example"],
  ["oak.example:9000/edge/", "http://oak.example:9000/edge"],
  ["::1", "http://[::1]:10000"],
  ["[fd00::1]:9000", "http://[fd00::1]:9000"],
  ["http://192.0.2.10", "http://192.0.2.10"],
  ["https://oak.example/edge/api/", "https://oak.example/edge"],
  ["https://oak.example:8443", "https://oak.example:8443"],
])("%s is %s", (text, url) => {
  expect(serverUrlOf(text)).toBe(url);
});

test.each(["", "http://", "ftp://x", "a b", "http://user:pw@host", "host:99999"])(
  "%j is none",
  (text) => {
    expect(() => serverUrlOf(text)).toThrow(UsageError);
  },
);
