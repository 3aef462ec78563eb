import { request } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anAttach, registrationOf } from "./harness.ts";
import { kernelState, type RealHarness, startRealHarness } from "./real-harness.ts";

const canMakeNamespaces = process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("what callers on the socket get wrong", () => {
  let harness: RealHarness;
  let pid = 0;
  let before: string[];

  beforeAll(async () => {
    harness = await startRealHarness();
    [pid = 0] = harness.bed.emptyNamespaces(1);
    const early = harness.post("/container/deploy", anAttach({ pid }));
    await expect(early).rejects.toMatchObject({ status: 409, code: "not_registered" });
    await harness.register();
    before = kernelState(harness.machine);
  }, 30_000);

  afterAll(() => harness?.stop());

  const nothingWasMade = () => {
    expect(kernelState(harness.machine)).toEqual(before);
    expect(harness.plane.slots()).toEqual([]);
    expect(harness.manager.agent.status().attached).toBe(0);
  };

  /** As it is, whatever it is. */
  const send = (where: string, body: string | Buffer): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const socketPath = path.join(harness.folder, "net.sock");
      const sent = request({ socketPath, path: where, method: "POST" }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.once("error", reject);
      sent.end(body);
    });

  test.each([
    ["a name of three parts", { serviceName: "a.b.c" }, 400, "serviceName"],
    ["a name with a slash", { serviceName: "a/.b.c.d" }, 400, "serviceName"],
    ["a name that is a number", { serviceName: 7 }, 400, "serviceName"],
    ["a negative instance", { instanceNumber: -1 }, 400, "instanceNumber"],
    ["half an instance", { instanceNumber: 0.5 }, 400, "instanceNumber"],
    ["a pid in words", { pid: "one" }, 400, "pid"],
    ["a pid that is gone", { pid: 2 ** 22 + 1 }, 404, String(2 ** 22 + 1)],
    ["ports that are none", { portMappings: "http" }, 400, "portMappings"],
    ["a port beyond the last", { portMappings: "80:70000" }, 400, "portMappings"],
    ["a port below the first", { portMappings: "-1:80" }, 400, "portMappings"],
    ["a port that is asked for twice", { portMappings: "8080:80;8080:81" }, 0, "8080"],
    ["the port of the tunnel", { portMappings: "50103:1/udp" }, 409, "50103"],
    ["the port of the encrypted one", { portMappings: "50104:1/udp" }, 409, "50104"],
    ["the port of the tunnel inside", { portMappings: "50105:1/udp" }, 409, "50105"],
  ])("%s is named", async (_what, wrong, status, named) => {
    const refusal = await harness.post("/container/deploy", anAttach({ pid, ...wrong })).then(
      () => undefined,
      (error: { status: number; body: unknown }) => error,
    );
    if (status === 0) expect([400, 409]).toContain(refusal?.status);
    else expect(refusal?.status).toBe(status);
    expect(JSON.stringify(refusal?.body)).toContain(named);
    nothingWasMade();
  });

  test.each([
    ["/register"],
    ["/container/deploy"],
    ["/container/undeploy"],
    ["/container/prepare"],
    ["/container/release"],
    ["/leases"],
  ])("%s refuses what is no JSON, of another kind, or too large", async (where) => {
    expect((await send(where, "{")).status).toBe(400);
    expect((await send(where, "[]")).status).toBe(400);
    expect((await send(where, '"text"')).status).toBe(400);
    expect((await send(where, Buffer.from([0xff, 0xfe, 0]))).status).toBe(400);
    expect((await send(where, " ".repeat(2 * 1024 * 1024))).status).toBe(413);
    nothingWasMade();
  });

  test("another worker is refused, and the one that is registered stays so", async () => {
    const other = { ...registrationOf(harness.cluster), client_id: "another" };
    await expect(harness.post("/register", other)).rejects.toMatchObject({
      status: 400,
      code: "other_worker",
    });
    expect(harness.manager.agent.status().registered).toBe(true);
    nothingWasMade();
  });

  test("what is attached at last is as if nothing had gone wrong before", async () => {
    const answer = await harness.post("/container/deploy", anAttach({ pid }));
    expect(answer).toMatchObject({ nsAddress: "10.18.1.66" });
  });
});
