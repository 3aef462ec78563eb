import { UnreachableError } from "@oak/kit";
import { expect, test } from "vitest";
import { type Command, explained, readOptions, runCommand } from "./run-command.ts";

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
            attached: {
              namespace: { v4: "10.18.0.2", v6: "fc00::2" },
              worker: { key: "10.18.0.0", host: "192.0.2.7", port: 50_103 },
            },
          },
          { number: 1, instance: { v4: "10.30.0.3", v6: "fdff::3" }, isServing: false },
        ],
      },
    ],
  },
  "/flows": {
    flows: [
      { protocol: "tcp", client: "10.18.0.9:5", dialled: "10.30.0.1:80", server: "10.18.0.2:80" },
      { protocol: "icmp", client: "fc00::2", dialled: "fdff::2", server: "fc00::2", state: "new" },
      { protocol: "udp", client: "10.30.0.2:5", dialled: "9.9.9.9:53", server: "9.9.9.9:53" },
    ],
  },
};

const run = (command: Command): Promise<string> =>
  runCommand({ request: (async ({ path }: { path: string }) => answers[path]) as never }, command);

test("the table shows addresses and what stands behind them", async () => {
  expect(await run("table")).toBe(
    [
      "SERVICE  FOR  IPV4       IPV6          LEADS TO",
      "a.b.c.d  RR   10.30.0.1  fdff:2000::1",
      "a.b.c.d  0    10.30.0.2  fdff::2       10.18.0.2 on 192.0.2.7",
      "a.b.c.d  1    10.30.0.3  fdff::3       not attached (takes no connections)",
      "",
    ].join("\n"),
  );
});

test("flows stand in columns, with the names of what was dialled and reached", async () => {
  expect(await run("flows")).toBe(
    [
      "PROTOCOL  CLIENT       FROM       DIALLED       SERVICE     SERVER        INSTANCE   STATE",
      "tcp       10.18.0.9:5             10.30.0.1:80  a.b.c.d RR  10.18.0.2:80  a.b.c.d 0",
      "icmp      fc00::2      a.b.c.d 0  fdff::2       a.b.c.d 0   fc00::2       a.b.c.d 0  new",
      "udp       10.30.0.2:5  a.b.c.d 0  9.9.9.9:53                9.9.9.9:53",
      "",
    ].join("\n"),
  );
});

test("for programs everything is told as JSON", async () => {
  const client = { request: (async ({ path }: { path: string }) => answers[path]) as never };
  const text = await runCommand(client, "flows", { asJson: true });
  expect(JSON.parse(text)).toEqual(answers["/flows"]);
});

test.each([
  [[], { asJson: false }],
  [["-o", "json"], { asJson: true }],
  [["-o=json"], { asJson: true }],
  [["-o", "yaml"], undefined],
  [["now"], undefined],
])("the options %j are read as %j", (words, options) => {
  expect(readOptions(words)).toEqual(options);
});

test.each([
  ["ENOENT", false, /^No net-manager answers on \/run\/s: it does not run \(systemctl status/],
  ["ECONNREFUSED", false, /it does not run/],
  ["EACCES", false, /only root may ask it$/],
  ["UND_ERR_HEADERS_TIMEOUT", true, /did not answer in time$/],
])("nobody answers by %s: the caller is told what to do", (code, isTimeout, told) => {
  const cause = Object.assign(new Error("no"), { code });
  const error = new UnreachableError("GET /table", { isTimeout, cause });
  expect(explained(error, "/run/s")).toMatchObject({ message: expect.stringMatching(told) });
});

test("what net-manager refuses is left as it says it", () => {
  const error = new Error("not_registered");
  expect(explained(error, "/run/s")).toBe(error);
});
