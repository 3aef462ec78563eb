import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { selfSigned } from "../../../cluster-orchestrator/mqtt-broker/test/self-signed.ts";
import { aCli } from "./a-cli.ts";
import { aFakeRoot, type Reply, refusal, tell } from "./fake-root.ts";

const env = { OAK_TOKEN: "oak_test" };

/** `oak app ls` at a root that answers like this. */
async function listAt(reply: Reply, words = "app ls") {
  const { oak } = await aCli();
  const root = await aFakeRoot({ "*": reply });
  return oak(`${words} --server ${root.url}`, { env });
}

test.each<[string, Reply, number, string]>([
  ["400", refusal(400, "No good."), 7, "No good\n"],
  ["401", refusal(401, "Token is over"), 5, "`oak login`"],
  ["403", refusal(403, "This needs the role Admin"), 5, "`oak whoami` tells your roles"],
  ["404", refusal(404, "No such thing"), 4, "No such thing"],
  ["409", refusal(409, "It is there already"), 7, "It is there already"],
  ["412", refusal(412, "It is another one now"), 7, "read it again"],
  ["500", refusal(500, "Internal Server Error"), 1, "The log of the root"],
  ["503", refusal(503, "The database is away"), 6, "`oak doctor root`"],
  ["HTML with 502", (r) => void r.writeHead(502).end("<html>Bad Gateway</html>"), 6, "with 502\n"],
  ["HTML with 200", (r) => void r.writeHead(200).end("<html>Welcome</html>"), 1, "not JSON"],
  ["nothing", (r) => void r.writeHead(200).end(), 1, "not JSON"],
  ["an object in place of a list", { fine: true }, 1, "something else than a list"],
  ["numbers in place of objects", [1, 2], 1, "something else than a list"],
  [
    "another address",
    (r) => void r.writeHead(301, { location: "https://else.example/" }).end(),
    1,
    "https://else.example/",
  ],
  [
    "half an answer",
    (r) => void r.writeHead(200, { "content-length": 99 }).write("[", () => r.destroy()),
    6,
    "broke",
  ],
  ["a cut connection", (r) => void r.destroy(), 6, "broke"],
])("%s is one line and advice, with an exit code of its own", async (_name, reply, code, text) => {
  const said = await listAt(reply);
  expect(said).toMatchObject({ code, out: "" });
  expect(said.err).toMatch(/^oak app show: \S/);
  expect(said.err).toContain(text);
  expect(said.err).not.toContain("    at ");
});

test("a fault in a document names its place", async () => {
  const said = await listAt(
    refusal(422, "The SLA is not valid", {
      errors: [{ pointer: "/applications/0/memory", message: "must be a number", found: '"x"' }],
    }),
    "app create blank_app_without_services",
  );
  expect(said.code).toBe(7);
  expect(said.err).toContain('  /applications/0/memory: must be a number (found "x")\n');
});

test("a single fault that the sentence tells is told once", async () => {
  const said = await listAt(
    refusal(422, "/replicas must be at most 1000, found 5000", {
      errors: [{ pointer: "/replicas", message: "must be at most 1000", found: "5000" }],
    }),
  );
  expect(said.err).toBe("oak app show: /replicas must be at most 1000, found 5000\n");
});

test("too many requests: the root says when again", async () => {
  const said = await listAt((response) => {
    response.setHeader("retry-after", "7");
    tell(response, 429, { message: "Too many logins" });
  });
  expect(said).toMatchObject({ code: 6, err: expect.stringContaining("try again in 7 s") });
});

test("an answer that does not come, and one that stops, end by the time", async () => {
  const silent = await listAt(() => undefined, "app ls --timeout 200ms");
  expect(silent).toMatchObject({ code: 6, err: expect.stringContaining("no answer within 0.2 s") });
  const stalled = await listAt((r) => void r.writeHead(200).write("["), "app ls --timeout 200ms");
  expect(stalled).toMatchObject({ code: 6, err: expect.stringContaining("stalled") });
});

test("an answer that trickles for ever ends, too", async () => {
  const trickle: Reply = (response) => {
    response.writeHead(200).write("[");
    const drip = setInterval(() => response.write(" "), 10);
    response.once("close", () => clearInterval(drip));
  };
  const said = await listAt(trickle, "app ls --timeout 200ms");
  expect(said).toMatchObject({
    code: 6,
    err: expect.stringContaining("not complete after 1 s"),
  });
});

test("pages that lead in a circle are a failure", async () => {
  const said = await listAt((response) => {
    response.setHeader("link", '</api/applications?cursor=1>; rel="next"');
    tell(response, 200, [{ application_name: "shop" }]);
  });
  expect(said).toMatchObject({ code: 1, err: expect.stringContaining("in a circle") });
});

test("JSON in JSON, as older roots answer, is read", async () => {
  const said = await listAt(JSON.stringify([{ applicationID: "1", application_name: "shop" }]));
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining("shop") });
});

test("a root that says colours and cursor movements is shown as text", async () => {
  const name = "a\u001b[31m\r\nb\u202e";
  const said = await listAt([{ applicationID: "1", application_name: name }]);
  expect(said.out).toMatch(/^a \[31m b +/m);
  for (const format of ["json", "yaml"]) {
    const exact = await listAt([{ name: "a\u009b31m\u202eb" }], `app ls -o ${format}`);
    expect(exact.out).toContain("a\\u009b31m\\u202eb");
  }
  const refused = await listAt(refusal(404, "gone\u001b]0;title\u0007"));
  expect(refused.err).toBe("oak app show: gone ]0;title\n");
});

test("nothing listens, a name that nobody knows, and a port that speaks otherwise", async () => {
  const { oak } = await aCli();
  const talker = createServer((socket) => socket.resume().end("SSH-2.0-talker\r\n"));
  await new Promise<void>((resolve) => talker.listen(0, "127.0.0.1", resolve));
  const port = (talker.address() as { port: number }).port;
  const strange = await oak(`app ls --server 127.0.0.1:${port}`, { env });
  expect(strange).toMatchObject({ code: 6, err: expect.stringContaining("does not speak http") });
  await new Promise((resolve) => talker.close(resolve));
  const nobody = await oak(`app ls --server 127.0.0.1:${port}`, { env });
  expect(nobody).toMatchObject({ code: 6, err: expect.stringContaining("nothing listens") });
  const unknown = await oak("app ls --server no-such-host.invalid", { env });
  expect(unknown).toMatchObject({ code: 6, err: expect.stringContaining("no-such-host.invalid") });
});

test("a root behind https and a path: its certificate counts, unless told otherwise", async () => {
  const tls = selfSigned("127.0.0.1", ["127.0.0.1"]);
  const { oak, home } = await aCli();
  const root = await aFakeRoot({ "GET /edge/api/applications": [] }, tls);
  const line = `app ls --server ${root.url}/edge/api/`;
  const refused = await oak(line, { env });
  expect(refused).toMatchObject({ code: 6, err: expect.stringContaining("--ca FILE") });
  expect(root.asked).toEqual([]);
  await writeFile(`${home}/ca.pem`, tls.cert);
  expect((await oak(`${line} --ca ${home}/ca.pem`, { env })).code).toBe(0);
  const insecure = await oak(`${line} --insecure`, { env });
  expect(insecure).toMatchObject({ code: 0, err: expect.stringContaining("not checked") });
  expect(root.asked.map(({ headers }) => headers.authorization)).toEqual(
    Array(2).fill("Bearer oak_test"),
  );
});

test("a list is read over all its pages, and no further than asked", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({
    "GET /api/applications": (response, { path }) => {
      const page = Number(new URL(path, "http://root").searchParams.get("cursor") ?? 0);
      if (page < 3) {
        response.setHeader("link", `</api/applications?limit=2&cursor=${page + 1}>; rel="next"`);
      }
      tell(response, 200, [{ application_name: `a${page}` }, { application_name: `b${page}` }]);
    },
  });
  const all = await oak(`app ls -q --server ${root.url}`, { env });
  expect(all.out.trim().split("\n")).toHaveLength(8);
  const some = await oak(`app ls -q --limit 3 --server ${root.url}`, { env });
  expect(some.out).toBe("a0\nb0\na1\n");
});
