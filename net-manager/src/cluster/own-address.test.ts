import { expect, test } from "vitest";
import { sourceAddressTo } from "./own-address.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["localhost", "127.0.0.1"],
  ["::1", "::1"],
])("packets to %s leave from %s", async (host, source) => {
  expect(await sourceAddressTo(host)).toBe(source);
});

test("what is no name has no way to it", async () => {
  expect(await sourceAddressTo("no.such.name.invalid")).toBeUndefined();
});
