import { expect, test } from "vitest";
import { type Command, runCommand } from "./run-command.ts";

const answers: Record<string, unknown> = {
  "/table": {
    services: [
      {
        name: "a.b.c.d",
        addresses: [{ policy: "RR", addresses: { v4: "10.30.0.1", v6: "fdff:2000::1" } }],
        instances: [
          {
            number: 0,
            instance: { v4: "10.30.0.2", v6: "fdff::2" },
            isServing: true,
            attached: { namespace: { v4: "10.18.0.2", v6: "fc00::2" } },
          },
          { number: 1, instance: { v4: "10.30.0.3", v6: "fdff::3" }, isServing: false },
        ],
      },
    ],
  },
  "/flows": {
    flows: [{ protocol: "tcp", client: "10.30.0.9:5", dialled: "10.30.0.1:80", server: "x" }],
  },
};

const run = (command: Command): Promise<string> =>
  runCommand({ request: (async ({ path }: { path: string }) => answers[path]) as never }, command);

test("the table shows addresses and what stands behind them", async () => {
  expect(await run("table")).toBe(
    [
      "a.b.c.d  RR  10.30.0.1  fdff:2000::1",
      "a.b.c.d  0   10.30.0.2  fdff::2       10.18.0.2",
      "a.b.c.d  1   10.30.0.3  fdff::3       not attached (takes no connections)",
      "",
    ].join("\n"),
  );
});

test("flows stand in columns", async () => {
  expect(await run("flows")).toBe("tcp  10.30.0.9:5  10.30.0.1:80  x\n");
});
