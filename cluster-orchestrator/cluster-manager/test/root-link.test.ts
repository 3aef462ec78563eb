import type { ClusterReport } from "@oak/contracts";
import { createHttpClient, Secret } from "@oak/kit";
import { expect, test } from "vitest";
import { createRootLink } from "../src/adapters/root/root-link.ts";
import { NotRegistered } from "../src/use-cases/root-registration.ts";

const incarnation = "incarnation-1";
const registered = { id: "c1".padEnd(24, "0"), token: "t", session: 1, incarnation, want_rev: 0 };
const state = { clusterId: registered.id, token: "t", session: 3, incarnation, cursor: 4 };

/** The link to a root that answers by this. */
function linkTo(answer: (bearer: string) => Response) {
  const requests: { url: string; bearer: string; body: unknown }[] = [];
  const seen: unknown[] = [];
  const client = createHttpClient({
    baseUrl: "http://root",
    fetch: async (url, init) => {
      const bearer = new Headers(init?.headers).get("authorization") ?? "";
      const body = init?.body === undefined ? undefined : JSON.parse(String(init.body));
      requests.push({ url: String(url), bearer, body });
      return answer(bearer);
    },
  });
  const link = createRootLink({
    client,
    joinSecret: new Secret("join"),
    registration: () => ({ cluster_name: "garage", incarnation }),
    onSeen: (reachability) => seen.push(reachability),
  });
  return { link, requests, seen };
}

test("the first registration shows the join secret", async () => {
  const { link, requests } = linkTo(() => Response.json(registered));
  expect(await link.register(undefined)).toEqual(registered);
  expect(requests).toEqual([
    {
      url: "http://root/api/cluster/register",
      bearer: "Bearer join",
      body: { cluster_name: "garage", incarnation },
    },
  ]);
});

test("a token that the root does not know any more is replaced with the join secret", async () => {
  const { link, requests } = linkTo((bearer) =>
    bearer === "Bearer join" ? Response.json(registered) : Response.json({}, { status: 401 }),
  );
  await link.register("old");
  expect(requests.map((request) => request.bearer)).toEqual(["Bearer old", "Bearer join"]);
});

test("wishes are asked for with cursor, wait and session", async () => {
  const answer = { incarnation, session: 3, want_rev: 4, full: false, changes: [] };
  const { link, requests } = linkTo(() => Response.json(answer));
  expect(await link.wanted(state, 4, 25)).toEqual(answer);
  expect(requests[0]?.url).toBe(
    `http://root/api/clusters/${registered.id}/wanted?since=4&wait=25&session=3`,
  );
});

test.each([
  [401, {}],
  [403, {}],
  [409, { error: "unknown_session" }],
])("%d on a wish means: register again", async (status, body) => {
  const { link } = linkTo(() => Response.json(body, { status }));
  await expect(link.wanted(state, 0, 0)).rejects.toBeInstanceOf(NotRegistered);
});

test.each([
  [409, { error: "conflict" }],
  [503, {}],
])("%d with another reason is a failure like any other", async (status, body) => {
  const { link } = linkTo(() => Response.json(body, { status }));
  await expect(link.wanted(state, 0, 0)).rejects.not.toBeInstanceOf(NotRegistered);
});

test("what the root says of the address of this cluster is passed on", async () => {
  const reachability = {
    status: "partly",
    detail: "broker refuses",
    address: "a.example",
    since: 1,
  };
  const answer = { message: "ok", stop: [], send_full: false, want_rev: 4, incarnation };
  const { link, seen } = linkTo(() => Response.json({ ...answer, reachability }));
  await link.report(state, {} as ClusterReport);
  expect(seen).toEqual([reachability]);
});
