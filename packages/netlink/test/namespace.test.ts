import { readlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inNamespace, openNamespace } from "../src/index.ts";
import { canMakeNamespaces, testNamespaces } from "./support/test-namespaces.ts";

const here = () => readlinkSync("/proc/thread-self/ns/net");

describe.skipIf(!canMakeNamespaces)("namespaces", () => {
  const makeNamespace = testNamespaces();

  test("code runs in the namespace, and what follows where it was", () => {
    const home = here();
    const away = inNamespace(makeNamespace().path, here);
    expect(away).not.toBe(home);
    expect(here()).toBe(home);
  });

  test("it comes back when the code fails, and when there is no such namespace", () => {
    const home = here();
    const fail = () => {
      throw new Error("on the way");
    };
    expect(() => inNamespace(makeNamespace().path, fail)).toThrow("on the way");
    expect(() => inNamespace("/run/netns/oakt-none", here)).toThrow("ENOENT");
    expect(() => inNamespace("/dev/null", here)).toThrow("EINVAL");
    expect(here()).toBe(home);
  });

  test("code that goes on later is refused", () => {
    expect(() => inNamespace(makeNamespace().path, async () => {})).toThrow("synchronous");
  });

  test("a namespace has one id, whoever opens it", () => {
    const { path } = makeNamespace();
    const [one, other] = [openNamespace(path), openNamespace(path)];
    const own = openNamespace(process.pid);
    expect(one.id).toBe(other.id);
    expect(own.id).not.toBe(one.id);
    for (const namespace of [one, other, own]) namespace.close();
  });
});
