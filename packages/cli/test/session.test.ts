import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { aCli } from "./a-cli.ts";
import { aFakeRoot, aToken, refusal } from "./fake-root.ts";
import { oak as oakProcess } from "./oak-process.ts";

const login = { token: aToken(600), refresh_token: "refresh-1" };

test("a login keeps tokens and no password, in a file that is its owner's alone", async () => {
  const { oak, remembered, configPath } = await aCli();
  const root = await aFakeRoot({ "POST /api/auth/login": login });
  const said = await oak(`login ${root.url} --user Ann --password-stdin`, { input: "s3cret\n" });
  expect(said).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(root.asked[0]?.body ?? "")).toEqual({
    username: "Ann",
    password: "s3cret",
    rotate: true,
  });
  expect(await remembered()).toEqual({
    current: "default",
    contexts: {
      default: {
        server: root.url,
        user: "Ann",
        accessToken: login.token,
        refreshToken: "refresh-1",
      },
    },
    values: {},
  });
  expect((await stat(configPath)).mode & 0o777).toBe(0o600);
});

test("a wrong password keeps nothing", async () => {
  const { oak, remembered } = await aCli();
  const root = await aFakeRoot({ "POST /api/auth/login": refusal(401, "Wrong name or password") });
  const said = await oak(`login ${root.url} --password-stdin`, { input: "x" });
  expect(said).toMatchObject({ code: 5, err: expect.stringContaining("Wrong name or password") });
  await expect(remembered()).rejects.toThrow("ENOENT");
});

test("a session that lasts needs one request; one that ended is renewed, and its token exchanged", async () => {
  const { oak, remember, remembered } = await aCli();
  const next = aToken(600, "2");
  const root = await aFakeRoot({
    "GET /api/applications": [],
    "POST /api/auth/refresh": { token: next, refresh_token: "refresh-2" },
  });
  const context = { server: root.url, refreshToken: "refresh-1" };
  await remember({ contexts: { default: { ...context, accessToken: login.token } } });
  expect((await oak("app ls")).code).toBe(0);
  expect(root.asked.map(({ path }) => path)).toEqual(["/api/applications"]);
  await remember({ contexts: { default: { ...context, accessToken: aToken(-5) } } });
  expect((await oak("app ls")).code).toBe(0);
  expect(root.asked.slice(1)).toMatchObject([
    {
      path: "/api/auth/refresh",
      body: '{"rotate":true}',
      headers: { authorization: "Bearer refresh-1" },
    },
    { path: "/api/applications", headers: { authorization: `Bearer ${next}` } },
  ]);
  expect((await remembered()).contexts["default"]).toEqual({
    server: root.url,
    accessToken: next,
    refreshToken: "refresh-2",
  });
});

test("a token that the root does not take any more is renewed once, and the request repeated", async () => {
  const { oak, remember } = await aCli();
  const next = aToken(600, "2");
  const root = await aFakeRoot({
    "GET /api/applications": (response, { headers }) => {
      const isNew = headers.authorization === `Bearer ${next}`;
      response.writeHead(isNew ? 200 : 401).end(isNew ? "[]" : "{}");
    },
    "POST /api/auth/refresh": { token: next, refresh_token: "refresh-2" },
  });
  await remember({
    contexts: {
      default: { server: root.url, refreshToken: "refresh-1", accessToken: login.token },
    },
  });
  expect((await oak("app ls")).code).toBe(0);
  expect(root.asked).toHaveLength(3);
});

test("several commands at once exchange a refresh token one time", async () => {
  const { home, remember } = await aCli();
  let refreshes = 0;
  const root = await aFakeRoot({
    "GET /api/applications": [],
    "POST /api/auth/refresh": (response, { headers }) => {
      refreshes += 1;
      // A second use of a token is a thief's.
      const isFirst = headers.authorization === "Bearer refresh-1" && refreshes === 1;
      const body = { token: aToken(600, "2"), refresh_token: "refresh-2" };
      response.writeHead(isFirst ? 200 : 401).end(JSON.stringify(isFirst ? body : {}));
    },
  });
  await remember({ contexts: { default: { server: root.url, refreshToken: "refresh-1" } } });
  const ended = await Promise.all([1, 2, 3].map(() => oakProcess(["app", "ls"], { HOME: home })));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(refreshes).toBe(1);
});

test("without a session, kept credentials log in; without those it is said what to do", async () => {
  const { oak, remember } = await aCli();
  const root = await aFakeRoot({
    "GET /api/applications": [],
    "POST /api/auth/refresh": refusal(401, "over"),
    "POST /api/auth/login": login,
  });
  const context = { server: root.url, refreshToken: "spent" };
  await remember({ contexts: { default: context } });
  const ended = await oak("app ls");
  expect(ended).toMatchObject({
    code: 5,
    err: expect.stringMatching(/session.*has ended[\s\S]*oak login/),
  });
  await remember({ contexts: { default: { ...context, user: "Ann", password: "s3cret" } } });
  expect((await oak("app ls")).code).toBe(0);
  expect((await oak("app ls")).code).toBe(0);
  expect(root.asked.filter(({ path }) => path === "/api/auth/login")).toHaveLength(1);
});

test("variables go before the file, and tokens of one root never go to another", async () => {
  const { oak, remember } = await aCli();
  const mine = await aFakeRoot({ "GET /api/applications": [] });
  const other = await aFakeRoot({ "GET /api/applications": [], "POST /api/auth/login": login });
  await remember({ contexts: { default: { server: mine.url, apiToken: "oak_mine" } } });
  expect((await oak(`app ls --server ${other.url}`)).code).toBe(5);
  expect((await oak("app ls", { env: { OAK_SERVER: other.url } })).code).toBe(5);
  expect(other.asked).toEqual([]);
  expect((await oak(`app ls --server ${mine.url}`)).code).toBe(0);
  const env = { OAK_SERVER: other.url, OAK_USER: "Bob", OAK_PASSWORD: "pw" };
  expect((await oak("app ls", { env })).code).toBe(0);
  expect(other.asked[0]?.body).toContain('"Bob"');
  await oak(`config set system_manager_ip ${other.url}`);
  expect((await oak("app ls")).code).toBe(5);
});

test("a logout ends the session there and here", async () => {
  const { oak, remember, remembered } = await aCli();
  const root = await aFakeRoot({ "POST /api/auth/logout": { message: "ok" } });
  const context = { server: root.url, accessToken: login.token, refreshToken: "refresh-1" };
  await remember({ contexts: { default: context } });
  expect((await oak("logout")).code).toBe(0);
  expect(root.asked[0]).toMatchObject({ headers: { authorization: "Bearer refresh-1" } });
  expect((await remembered()).contexts["default"]).toEqual({ server: root.url });
});
