import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { createImageUsers } from "./image-users.ts";
import { underLock } from "./under-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "oak-under-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("one at a time is inside, and a failure lets the next one in", async () => {
  const file = join(folder, "lock");
  let inside = 0;
  let most = 0;
  const enter = async (fails: boolean) => {
    inside += 1;
    most = Math.max(most, inside);
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    inside -= 1;
    if (fails) throw new Error("as planned");
    return "done";
  };
  const results = await Promise.allSettled(
    [false, true, false].map((fails) => underLock(file, () => enter(fails))),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(most).toBe(1);
});

test("a file that cannot be locked is said", async () => {
  await expect(underLock(join(folder, "no", "lock"), async () => 1)).rejects.toThrow(
    "could not be locked",
  );
});

test("what is used by nobody alive is not used", async () => {
  const users = createImageUsers(join(folder, "users"));
  const leave = users.add("mine");
  expect(users.isUsed("mine")).toBe(true);
  leave();
  leave();
  expect(users.isUsed("mine")).toBe(false);
  expect(users.names()).toEqual(["mine"]);
  users.forget("mine");
  expect(users.names()).toEqual([]);

  const program = `
    import { createImageUsers } from ${JSON.stringify(new URL("./image-users.ts", import.meta.url).href)};
    createImageUsers(${JSON.stringify(join(folder, "users"))}).add("theirs");`;
  const child = spawn(process.execPath, ["--import=tsx", "--input-type=module", "--eval", program]);
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(users.names()).toEqual(["theirs"]);
  expect(users.isUsed("theirs")).toBe(false);
});
