import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { aCli } from "./a-cli.ts";
import { aFakeRoot, aToken, type Rough, refusal, tell } from "./fake-root.ts";

const env = { OAK_TOKEN: "oak_test" };

const service = {
  microserviceID: "65f0c0ffee65f0c0ffee65f1",
  microservice_name: "web",
  instance_list: [{ instance_number: 0, status: "RUNNING" }],
};
const logsRoute = `GET /api/service/${service.microserviceID}/instance/0/logs`;
const serviceRoute = `GET /api/service/${service.microserviceID}`;

const at = (second: number): string => `2026-01-01T00:00:0${second}.000000000Z`;

/** An answer in parts: the last is followed by its end, or by a cut. */
function text(type: string, parts: readonly string[], isCut = false): Rough {
  return async (response) => {
    response.writeHead(200, { "content-type": type });
    for (const part of parts) {
      response.write(part);
      await delay(5);
    }
    if (isCut) response.destroy();
    else response.end();
  };
}

/** One reply after the other; the last again and again. */
function inTurn(...replies: readonly Rough[]): Rough {
  let turn = 0;
  return (response, asked) => {
    const reply = replies[Math.min(turn, replies.length - 1)];
    turn += 1;
    reply?.(response, asked);
  };
}

const event = (id: number, message: string): string =>
  `id: ${id}\ndata: ${JSON.stringify({ id, at: 0, type: "node", level: "normal", reason: "r", message })}\n\n`;

test("events that are cut in the middle are taken up again, none twice, and garbage is skipped", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({
    "GET /api/events": inTurn(
      text("text/event-stream", [event(1, "one"), "garbage\n\ndata: {no\n\nid: 2\nda"], true),
      text("text/event-stream", [": hello\r\n\r\n", event(2, "two")]),
      refusal(401, "The token is revoked"),
    ),
  });
  const said = await oak(`events -w -o json --since 10m --server ${root.url}`, { env });
  const ids = said.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect(ids).toEqual([1, 2]);
  expect(said.code).toBe(5);
  expect(said.err).toContain("is no event");
  expect(said.err).toContain("trying again");
  const [first, second, third] = root.asked.map(({ path, headers }) => [
    path,
    headers["last-event-id"],
  ]);
  expect(first).toEqual(["/api/events?since=10m&follow=true", undefined]);
  expect(second).toEqual(["/api/events?follow=true", "1"]);
  expect(third?.[1]).toBe("2");
});

test("what is no stream of events is refused, not waited for", async () => {
  const { oak } = await aCli();
  const root = await aFakeRoot({ "GET /api/events": [] });
  const said = await oak(`events -w --server ${root.url}`, { env });
  expect(said).toMatchObject({ code: 1, err: expect.stringContaining("not text/event-stream") });
});

test("a token that runs out while following is renewed once, and the stream goes on", async () => {
  const { oak, remember } = await aCli();
  const fresh = aToken(600, "fresh");
  const root = await aFakeRoot({
    "POST /api/auth/refresh": { token: fresh, refresh_token: aToken(6_000, "r2") },
    "GET /api/events": inTurn(
      text("text/event-stream", [event(1, "one")]),
      refusal(401, "Token is over"),
      text("text/event-stream", [event(2, "two")]),
      refusal(403, "No more"),
    ),
  });
  const contexts = {
    default: {
      server: root.url,
      user: "Admin",
      accessToken: aToken(600, "old"),
      refreshToken: aToken(6_000, "r1"),
    },
  };
  await remember({ contexts });
  const said = await oak("events -w -q");
  expect(said).toMatchObject({ code: 5, out: "1\n2\n" });
  const refreshes = root.asked.filter(({ path }) => path === "/api/auth/refresh");
  expect(refreshes).toHaveLength(1);
  expect(root.asked.at(-1)?.headers.authorization).toBe(`Bearer ${fresh}`);
});

test("logs that are cut are taken up where they ended; lines of the same moment come once", async () => {
  const { oak } = await aCli();
  const gone = { ...service, instance_list: [] };
  const root = await aFakeRoot({
    "GET /api/services/": [service],
    [serviceRoute]: gone,
    [logsRoute]: inTurn(
      text("text/plain", [`${at(1)} a\n${at(2)} b\n${at(2)} c\n${at(3)} ha`], true),
      text("text/plain", [`${at(2)} b\n${at(2)} c\n`, `${at(3)} half\nno time`]),
    ),
  });
  const said = await oak(`logs web 0 -f --tail 5 --server ${root.url}`, { env });
  expect(said).toMatchObject({ code: 0, out: "a\nb\nc\nhalf\nno time\n" });
  expect(said.err).toContain("trying again");
  const asked = root.asked.filter(({ path }) => path.includes("/logs"));
  expect(asked.map(({ path }) => path.split("?")[1])).toEqual([
    "tail=5&follow=true&timestamps=true",
    `since=${encodeURIComponent(at(2))}&follow=true&timestamps=true`,
  ]);
});

test("logs of all instances carry their numbers; one without a log keeps nobody from the others", async () => {
  const { oak } = await aCli();
  const both = [...service.instance_list, { instance_number: 7, status: "REQUESTED" }];
  const root = await aFakeRoot({
    "GET /api/services/": [{ ...service, instance_list: both }],
    [logsRoute]: text("text/plain", [`${at(1)} \u001b[31mred\n`]),
    "*": refusal(404, "No cluster has it", { error: "no_logs" }),
  });
  const said = await oak(`logs web -t --server ${root.url}`, { env });
  expect(said).toMatchObject({ code: 0, out: `[web.0] ${at(1)} \u001b[31mred\n` });
  expect(said.err).toContain("instance 7: No cluster has it");
  const shown = await oak(`logs web 0 --server ${root.url}`, { env, isTerminal: true });
  expect(shown.out).toBe("^[[31mred\n");
});

test("all instances are followed, and those that begin later from their beginning", async () => {
  const { oak } = await aCli();
  const later = { instance_number: 1, status: "RUNNING" };
  let looks = 0;
  const root = await aFakeRoot({
    "GET /api/services/": [service],
    [serviceRoute]: (response) => {
      looks += 1;
      tell(response, 200, { ...service, instance_list: looks < 2 ? [later] : [] });
    },
    [logsRoute]: async (response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write(`${at(1)} first\n`);
      while (looks < 1) await delay(20);
      response.end();
    },
    [logsRoute.replace("instance/0", "instance/1")]: text("text/plain", [`${at(2)} later\n`]),
  });
  const said = await oak(`logs web -f --tail 1 --server ${root.url}`, { env });
  expect(said).toMatchObject({ code: 0, out: "[web.0] first\n[web.1] later\n" });
});

test("a root that streams no logs gives the end that it knows", async () => {
  const { oak } = await aCli();
  const known = { ...service, instance_list: [{ instance_number: 0, logs: "x\ny\n" }] };
  const root = await aFakeRoot({ "GET /api/services/": [known] });
  const said = await oak(`service logs web --server ${root.url}`, { env });
  expect(said).toMatchObject({ code: 0, out: "[web.0] x\n[web.0] y\n" });
  expect(said.err).toContain("streams no logs");
});
