import { expect, test } from "vitest";
import { aJob } from "../../test/candidates.ts";
import { allowedArchitectures } from "./architecture.ts";

test.each([
  { asked: {}, allowed: undefined },
  { asked: { arch: [] }, allowed: undefined },
  { asked: { arch: ["arm64", "x86_64"] }, allowed: ["arm64", "amd64"] },
  { asked: { platform: "linux/arm64" }, allowed: ["arm64"] },
  { asked: { platform: "linux/arm/v7" }, allowed: ["arm"] },
  { asked: { platform: "aarch64" }, allowed: ["arm64"] },
  { asked: { arch: ["arm64", "amd64"], platform: "linux/amd64" }, allowed: ["amd64"] },
  { asked: { arch: ["arm64"], platform: "linux/amd64" }, allowed: [] },
  { asked: { platform: "windows/amd64" }, allowed: ["windows/amd64"] },
])("$asked runs on $allowed", ({ asked, allowed }) => {
  const architectures = allowedArchitectures(aJob(asked));
  expect(architectures && [...architectures]).toEqual(allowed);
});
