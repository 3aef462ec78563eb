import fc from "fast-check";
import { expect, test } from "vitest";
import { createPullProgress, splitReference } from "./pull-image.ts";

test.each([
  ["nginx", { fromImage: "nginx", tag: "latest" }],
  ["nginx:1.25", { fromImage: "nginx", tag: "1.25" }],
  ["docker.io/library/nginx:latest", { fromImage: "docker.io/library/nginx", tag: "latest" }],
  ["127.0.0.1:5000/x", { fromImage: "127.0.0.1:5000/x", tag: "latest" }],
  ["127.0.0.1:5000/x:1", { fromImage: "127.0.0.1:5000/x", tag: "1" }],
  ["x@sha256:ab", { fromImage: "x@sha256:ab" }],
])("%s is asked for in parts", (image, parts) => {
  expect(splitReference(image)).toEqual(parts);
});

const step = (id: string, status: string, current?: number, total?: number) => ({
  id,
  status,
  ...(current !== undefined && total !== undefined && { progressDetail: { current, total } }),
});

test("progress grows over the layers to 100", () => {
  const progress = createPullProgress();

  const percents = [
    step("a", "Pulling fs layer"),
    step("b", "Pulling fs layer"),
    step("a", "Downloading", 50, 100),
    step("a", "Download complete"),
    step("b", "Downloading", 100, 100),
    step("a", "Extracting", 1, 2),
    step("a", "Pull complete"),
    step("b", "Pull complete"),
  ].map((line) => progress.add(line));

  expect(percents).toEqual([0, 0, 20, 40, 80, 85, 90, 100]);
});

test("progress never falls and stays within 0 and 100", () => {
  const anyLine = fc.record({
    id: fc.constantFrom("a", "b", "c"),
    status: fc.constantFrom("Pulling fs layer", "Downloading", "Extracting", "Pull complete", "?"),
    progressDetail: fc.record({ current: fc.nat(200), total: fc.nat(100) }),
  });
  fc.assert(
    fc.property(fc.array(anyLine), (lines) => {
      const progress = createPullProgress();
      const percents = lines.map((line) => progress.add(line));
      expect(percents).toEqual([...percents].sort((a, b) => a - b));
      expect(percents.every((percent) => percent >= 0 && percent <= 100)).toBe(true);
    }),
  );
});
