import { createHttpClient } from "@oak/kit";
import { expect, test } from "vitest";
import { createBrokerAdmin } from "../src/adapters/mqtt-broker/broker-admin.ts";
import { createCandidates } from "../src/adapters/resource-abstractor/candidates.ts";

/** An HTTP client whose other side answers this. */
function answering(answer: (body: unknown) => Response) {
  const requests: { method: string; url: string; body: unknown }[] = [];
  const client = createHttpClient({
    baseUrl: "http://other",
    fetch: async (url, init) => {
      const body = init?.body === undefined ? undefined : JSON.parse(String(init.body));
      requests.push({ method: init?.method ?? "GET", url: String(url), body });
      return answer(body);
    },
  });
  return { client, requests };
}

const stored = { _id: "w1", session: 4, want_rev: 2, candidate_name: "edge-1" };

test("a worker without node id is not mistaken for one of the same name", async () => {
  const { client } = answering(() => Response.json([{ ...stored, node_id: "n1" }, stored]));
  const candidates = createCandidates(client);
  expect(await candidates.find({ name: "edge-1" })).toEqual({ _id: "w1", session: 4, want_rev: 2 });
  expect(await candidates.find({ nodeId: "n1" })).toMatchObject({ node_id: "n1" });
});

test("a candidate is put, and its counters come back", async () => {
  const { client, requests } = answering(() => Response.json(stored));
  const candidate = {
    _id: "w1",
    candidate_name: "edge-1",
    ip: "",
    session: 4,
    liveness: "alive",
    allocatable: { vcpus: 1, memory: 1, vgpus: 0, storage: 0 },
  } as const;
  expect((await createCandidates(client).upsert(candidate)).want_rev).toBe(2);
  expect(requests).toEqual([
    { method: "PUT", url: "http://other/api/v1/resources", body: candidate },
  ]);
});

test("figures of many workers are one request", async () => {
  const { client, requests } = answering(() => Response.json({ stored: [true, false] }));
  const items = [
    { _id: "w1", fields: { cpu_percent: 1 } },
    { _id: "w2", fields: { cpu_percent: 2 } },
  ];
  expect(await createCandidates(client).patchAll(items)).toEqual([true, false]);
  expect(requests).toEqual([
    { method: "PATCH", url: "http://other/api/v1/resources", body: { items } },
  ]);
});

test.each([400, 413, 422])("figures refused with %d hold up no other worker", async (status) => {
  const { client } = answering((body) => {
    const { items } = body as { items: { _id: string }[] };
    return items.some(({ _id }) => _id === "w3")
      ? Response.json({}, { status })
      : Response.json({ stored: items.map(() => true) });
  });
  const items = ["w1", "w2", "w3", "w4", "w5"].map((_id) => ({ _id, fields: {} }));
  expect(await createCandidates(client).patchAll(items)).toEqual([true, true, false, true, true]);
});

test.each([500, 409])("an answer of %d means: try again later", async (status) => {
  const { client } = answering(() => Response.json({}, { status }));
  const finding = createCandidates(client).find({ name: "edge-1" });
  await expect(finding).rejects.toMatchObject({ code: "unavailable", status: 503 });
});

test("the broker is told whom to disconnect", async () => {
  const { client, requests } = answering(() => Response.json({ disconnected: 1 }));
  await createBrokerAdmin(client).disconnect("w1");
  expect(requests).toEqual([
    { method: "POST", url: "http://other/disconnect", body: { username: "w1" } },
  ]);
});
