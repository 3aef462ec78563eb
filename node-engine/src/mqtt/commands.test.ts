import { createLogger, createMetrics } from "@oak/kit";
import { expect, test, vi } from "vitest";
import { type CommandTakers, createCommandReceiver } from "./commands.ts";

const workerId = "a".repeat(24);

function setUp(takers: Partial<CommandTakers> = {}) {
  const lines: string[] = [];
  const metrics = createMetrics({ service: "test" });
  const done = async (): Promise<string> => "apply";
  const receiver = createCommandReceiver({
    takers: {
      deploy: done,
      remove: done,
      sync: done,
      heard: done,
      sendInventory: done,
      ask: done,
      registerAgain: done,
      ...takers,
    },
    logger: createLogger({ name: "test", destination: { write: (line) => lines.push(line) } }),
    metrics,
  });
  const send = (suffix: string, text: string): void =>
    receiver.receive(`nodes/${workerId}/control/${suffix}`, Buffer.from(text));
  return { lines, metrics, send, idle: receiver.idle };
}

const count = (outcome: string, times: number) =>
  expect.stringMatching(new RegExp(`outcome="${outcome}"[^}]*} ${times}$`, "m"));

test("a malformed command is counted each time and logged once", async () => {
  const { lines, metrics, send } = setUp();

  for (let times = 0; times < 3; times += 1) send("deploy", '{"image": 5}');

  expect(await metrics.render()).toEqual(count("malformed", 3));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("/image");
});

test("secrets in a malformed command stay out of the log", () => {
  const { lines, send } = setUp();

  send("deploy", JSON.stringify({ password: "hunter2", image: { token: "hunter2" } }));

  expect(lines.join()).not.toContain("hunter2");
});

test("keys that reach the prototype make a command malformed", async () => {
  const { metrics, send } = setUp();

  send("inventory", '{"incarnation": "incarnation-1", "__proto__": {"x": 1}}');

  expect(await metrics.render()).toEqual(count("malformed", 1));
});

test("a command that cannot be stored is an error of its own, and the next one is taken", async () => {
  const answers = vi.fn().mockRejectedValueOnce(new Error("disk full")).mockResolvedValue("apply");
  const { lines, metrics, send, idle } = setUp({ sendInventory: answers });

  send("inventory", '{"incarnation": "incarnation-1"}');
  send("inventory", '{"incarnation": "incarnation-1"}');

  await idle();
  expect(await metrics.render()).toEqual(count("failed", 1));
  expect(await metrics.render()).toEqual(count("apply", 1));
  expect(lines.join()).toContain("disk full");
});

test("topics that are no commands are dropped", async () => {
  const { metrics, send } = setUp();

  send("../job", "{}");
  send("unheard-of", "{}");

  expect(await metrics.render()).toEqual(count("malformed", 2));
});
