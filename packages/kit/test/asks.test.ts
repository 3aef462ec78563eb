import { Readable } from "node:stream";
import type { Ask } from "@oak/contracts";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  type AskBookOptions,
  type AskHandlers,
  type Authenticator,
  addAskRoutes,
  askHandler,
  bearerToken,
  createAskBook,
  createAskResponder,
  createAskUplink,
  createHttpApp,
  createHttpServer,
  createMetrics,
  createSilentLogger,
  type FrameTiming,
  jsonAnswer,
  principalOf,
  type Question,
  readJsonAnswer,
  requirePrincipal,
} from "../src/index.ts";
import { eventually } from "./eventually.ts";

const logger = createSilentLogger();

interface Given {
  handlers: AskHandlers;
  limits?: AskBookOptions["limits"];
  timing?: FrameTiming;
}

/** A parent with its routes, and one child ("left") that listens. */
async function setUp({ handlers, limits, timing }: Given) {
  const children: Authenticator = {
    authenticate: async (headers) => {
      const id = bearerToken(headers);
      return id === undefined ? undefined : { kind: "worker", id };
    },
  };
  const withdrawn: string[] = [];
  const asked: { child: string; ask: Ask }[] = [];
  const book = createAskBook({
    announce: (child, ask) => {
      asked.push({ child, ask });
      if (child === "left") responder.take(ask);
      return () => withdrawn.push(ask.id);
    },
    ...(limits && { limits }),
    ...(timing && { timing }),
  });
  const app = await createHttpApp({
    name: "parent",
    title: "parent",
    version: "0",
    logger,
    metrics: createMetrics({ service: "parent" }),
    readiness: {},
    docs: false,
  });
  addAskRoutes(app, {
    path: "/asks",
    book,
    gate: requirePrincipal(children, "worker"),
    childOf: (request) => {
      const principal = principalOf(request);
      return principal.kind === "worker" ? principal.id : "";
    },
    tags: ["asks"],
  });
  const server = createHttpServer({ app, address: { host: "127.0.0.1", port: 0 }, logger });
  await server.start();
  const uplink = createAskUplink({
    baseUrl: server.url(),
    path: "/asks",
    token: () => "left",
    ...(timing && { timing }),
  });
  const responder = createAskResponder({ handlers, uplink, logger });
  onTestFinished(async () => {
    book.stop();
    await responder.stop();
    uplink.close();
    await server.stop();
  });
  const gone = new AbortController();
  const ask = (kind: string, changes: Partial<Question> = {}) =>
    book.ask({
      child: "left",
      kind,
      params: {},
      caller: "me",
      signal: gone.signal,
      maxBytes: Number.MAX_SAFE_INTEGER,
      ...changes,
    });
  /** Sends bytes by hand, as a child that knows no frames would; answers the status. */
  const send = async (
    token: string | undefined,
    id: string,
    bytes: Buffer,
    { isOpen = false } = {},
  ): Promise<number> => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes);
        if (!isOpen) controller.close();
      },
    });
    const response = await fetch(`${server.url()}/asks/${id}`, {
      method: "POST",
      headers: {
        "content-type": "application/octet-stream",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      duplex: "half",
    });
    return response.status;
  };
  const idOf = (child: string): string =>
    asked.find((one) => one.child === child)?.ask.id ?? "nothing was asked";
  return { book, responder, withdrawn, asked, gone, ask, send, idOf, url: server.url() };
}

const end = Buffer.from([255, 255, 255, 255]);

function frame(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Prints for ever, and tells how much was taken of it. */
function endless() {
  const piece = Buffer.alloc(16 * 1024, "x");
  const source = {
    bytes: 0,
    isOver: false,
    stream: () =>
      new Readable({
        read() {
          source.bytes += piece.length;
          this.push(piece);
        },
        destroy(error, done) {
          source.isOver = true;
          done(error);
        },
      }),
  };
  return source;
}

test("an answer comes up as it was given, in pieces", async () => {
  const { ask, book, withdrawn } = await setUp({
    handlers: { echo: async (params) => Readable.from([JSON.stringify(params), "\n", "end"]) },
  });

  expect(await textOf(await ask("echo", { params: { a: 1 } }))).toBe('{"a":1}\nend');

  await eventually(() => book.size() === 0);
  expect(withdrawn).toHaveLength(1);
});

test("an empty answer is an answer", async () => {
  const { ask } = await setUp({ handlers: { nothing: async () => Readable.from([]) } });
  expect(await textOf(await ask("nothing"))).toBe("");
});

test("a large answer arrives byte for byte", async () => {
  const large = Buffer.alloc(3 * 1024 * 1024 + 7, "0123456789");
  const { ask } = await setUp({ handlers: { large: async () => Readable.from([large]) } });
  expect((await textOf(await ask("large"))) === large.toString()).toBe(true);
});

test("a refusal keeps its code, status and sentence", async () => {
  const { ask } = await setUp({
    handlers: { strict: askHandler(z.object({ a: z.number() }), async () => jsonAnswer(1)) },
  });
  await expect(ask("strict")).rejects.toMatchObject({
    code: "invalid_input",
    status: 422,
    message: "The question cannot be understood",
  });
});

test("a question of an unknown kind is refused at once", async () => {
  const { ask } = await setUp({ handlers: {} });
  await expect(ask("constructor")).rejects.toMatchObject({ status: 503 });
});

test("who is silent is not waited for longer than said", async () => {
  const { ask, book } = await setUp({ handlers: {} });
  await expect(
    ask("any", { child: "right", childName: "worker", answerWithinMs: 50 }),
  ).rejects.toMatchObject({ status: 504, message: expect.stringContaining("worker did not") });
  expect(book.size()).toBe(0);
});

test("an asker that goes ends the child's stream", async () => {
  const source = endless();
  const { ask, gone, book } = await setUp({ handlers: { logs: async () => source.stream() } });
  const body = await ask("logs");
  body.on("error", () => undefined).resume();
  await eventually(() => source.bytes > 100_000);

  gone.abort();

  await eventually(() => source.isOver);
  expect(book.size()).toBe(0);
});

test("a reader that drops the answer ends the child's stream", async () => {
  const source = endless();
  const { ask } = await setUp({ handlers: { logs: async () => source.stream() } });
  (await ask("logs")).destroy();
  await eventually(() => source.isOver);
});

test("a slow reader holds the child back, and memory does not grow", async () => {
  const source = endless();
  const { ask } = await setUp({ handlers: { logs: async () => source.stream() } });
  const body = await ask("logs");
  // It comes to rest, since nothing more is taken; the kernel's buffers of a connection hold some megabytes.
  let seen = { bytes: -1, atMs: 0 };
  await eventually(() => {
    if (source.bytes !== seen.bytes) seen = { bytes: source.bytes, atMs: Date.now() };
    return source.bytes > 0 && Date.now() - seen.atMs > 300;
  });
  expect(body.readableLength).toBeLessThan(1024 * 1024);
  expect(source.bytes).toBeLessThan(32 * 1024 * 1024);
  body.destroy();
  await eventually(() => source.isOver);
});

test("a reader that takes nothing for long is given up", async () => {
  const source = endless();
  const { ask } = await setUp({
    handlers: { logs: async () => source.stream() },
    timing: { idleMs: 80, stallMs: 100 },
  });
  const body = await ask("logs");
  const failed = new Promise((resolve) => body.once("error", resolve));
  expect(await failed).toMatchObject({ reason: "stalled" });
  await eventually(() => source.isOver);
});

test("a child that has nothing to say says that it is there", async () => {
  const { ask } = await setUp({
    handlers: { logs: async () => new Readable({ read: () => undefined }) },
    timing: { keepAliveMs: 20, idleMs: 200 },
  });
  const body = await ask("logs");
  const startedAtMs = Date.now();
  await eventually(() => Date.now() - startedAtMs > 500);
  expect(body.destroyed).toBe(false);
});

test("a child that falls silent in the middle is noticed", async () => {
  const { ask, idOf, send } = await setUp({ handlers: {}, timing: { idleMs: 100 } });
  const asking = ask("logs", { child: "right" });
  const sending = send("right", idOf("right"), frame("abc"), { isOpen: true });
  const body = await asking;
  const failed = new Promise((resolve) => body.once("error", resolve));
  body.resume();
  expect(await failed).toMatchObject({ reason: "silent" });
  expect(await sending).toBe(400);
});

test.each([
  ["without its end", frame("abc"), "cut"],
  ["that is no frame", Buffer.from("GET / HTTP/1.1"), "malformed"],
  ["that goes on after its end", Buffer.concat([end, frame("abc")]), "malformed"],
  ["larger than it may be", Buffer.concat([frame("x".repeat(200)), end]), "too_large"],
])("an answer %s fails for whoever reads it", async (_name, bytes, reason) => {
  const { ask, idOf, send, book } = await setUp({ handlers: {} });
  const asking = ask("any", { child: "right", maxBytes: 100 });
  const sending = send("right", idOf("right"), bytes).catch(() => undefined);
  await expect(textOf(await asking)).rejects.toMatchObject({ reason });
  await sending;
  await eventually(() => book.size() === 0);
});

test("nobody answers for somebody else, twice, or what was not asked", async () => {
  const { ask, idOf, send } = await setUp({ handlers: {} });
  const asking = ask("any", { child: "right" });
  const id = idOf("right");

  expect(await send("left", id, end)).toBe(404);
  expect(await send("right", "0".repeat(32), end)).toBe(404);
  expect(await send("right", "../../api", end)).not.toBe(200);
  expect(await send(undefined, id, end)).toBe(401);
  expect(await send("right", id, Buffer.concat([frame("mine"), end]))).toBe(200);
  expect(await textOf(await asking)).toBe("mine");
  expect(await send("right", id, end)).toBe(404);
});

test("a refusal that makes no sense is an answer that failed", async () => {
  const { ask, idOf, url } = await setUp({ handlers: {} });
  const asking = ask("any", { child: "right" });
  const refuse = async (body: unknown): Promise<number> => {
    const response = await fetch(`${url}/asks/${idOf("right")}/refusal`, {
      method: "POST",
      headers: { authorization: "Bearer right", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.status;
  };
  expect(await refuse({ status: 200, code: "fine", message: "" })).toBe(422);
  expect(await refuse({ status: 404, code: "A\r\nB: c", message: "" })).toBe(422);
  expect(await refuse({ status: 404, code: "x", message: "y".repeat(501) })).toBe(422);
  const failed = expect(asking).rejects.toMatchObject({ status: 503, code: "unavailable" });
  expect(await refuse({ status: 418, code: "teapot", message: "no" })).toBe(200);
  await failed;
});

test("questions under way are limited for each caller and for each child", async () => {
  const { ask, gone } = await setUp({ handlers: {}, limits: { perCaller: 2, perChild: 3 } });
  const waiting = (caller: string, child = "right") =>
    ask("any", { child, caller }).catch(() => "ended");
  const all = [waiting("one"), waiting("one"), waiting("two")];
  await expect(ask("any", { child: "other", caller: "one" })).rejects.toMatchObject({
    status: 429,
  });
  await expect(ask("any", { child: "right", caller: "three" })).rejects.toMatchObject({
    status: 503,
  });
  // Of another kind there is room.
  const other = ask("other", { child: "right", caller: "one" }).catch(() => "ended");
  gone.abort();
  expect(await Promise.all([...all, other])).toEqual(["ended", "ended", "ended", "ended"]);
});

test("an answer that does not end is ended", async () => {
  const source = endless();
  const { ask } = await setUp({ handlers: { logs: async () => source.stream() } });
  const body = await ask("logs", { lifeMs: 100 });
  const failed = new Promise((resolve) => body.once("error", resolve));
  body.resume();
  expect(await failed).toMatchObject({ status: 504 });
  await eventually(() => source.isOver);
});

test("a question that is told twice is answered once", async () => {
  let answers = 0;
  const { ask, responder, asked } = await setUp({
    handlers: {
      count: async () => {
        answers += 1;
        return jsonAnswer(answers);
      },
    },
  });
  const body = await ask("count");
  for (const { ask: told } of asked) responder.take(told);
  expect(await readJsonAnswer(body, z.number())).toBe(1);
  expect(answers).toBe(1);
});

test("what is read as JSON and is none is a failure of the other side", async () => {
  const { ask } = await setUp({ handlers: { text: async () => Readable.from(["not json"]) } });
  await expect(readJsonAnswer(await ask("text"), z.number())).rejects.toMatchObject({
    status: 503,
  });
});

test("when the parent stops, all that is under way ends", async () => {
  const source = endless();
  const { ask, book } = await setUp({ handlers: { logs: async () => source.stream() } });
  const body = await ask("logs");
  const failed = new Promise((resolve) => body.once("error", resolve));
  const waiting = ask("logs", { child: "right" });
  const refused = expect(waiting).rejects.toMatchObject({ status: 503 });
  body.resume();
  book.stop();
  await refused;
  expect(await failed).toMatchObject({ status: 503 });
  await eventually(() => source.isOver);
});
