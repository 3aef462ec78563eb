import fc from "fast-check";
import { expect, test } from "vitest";
import { readVariables, withVariables } from "./env-file.ts";

const text = `# the cluster
OAK_CLUSTER_ADDRESS=10.0.0.7
  OAK_CLUSTER_PORT=10100
; OAK_NETWORK=off
NODE_NAME='attic 1'
LOG_LEVEL="in\\"fo"
`;

test("variables are read as systemd reads them", () => {
  expect(readVariables(text)).toEqual({
    OAK_CLUSTER_ADDRESS: "10.0.0.7",
    OAK_CLUSTER_PORT: "10100",
    NODE_NAME: "attic 1",
    LOG_LEVEL: 'in"fo',
  });
});

test("what is not changed stays as it is, comments included", () => {
  expect(
    withVariables(text, { OAK_CLUSTER_PORT: "10200", NODE_NAME: undefined, OAK_NETWORK: "off" }),
  ).toBe(`# the cluster
OAK_CLUSTER_ADDRESS=10.0.0.7
OAK_CLUSTER_PORT=10200
; OAK_NETWORK=off
LOG_LEVEL="in\\"fo"
OAK_NETWORK=off
`);
});

test("any value that is written is read again", () => {
  const value = fc.string({ unit: "grapheme-ascii" });
  fc.assert(
    fc.property(value, (one) => {
      expect(readVariables(withVariables(text, { NODE_NAME: one }))["NODE_NAME"]).toBe(one);
    }),
  );
});
