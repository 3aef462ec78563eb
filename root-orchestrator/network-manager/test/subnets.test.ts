import { afterEach, beforeEach, expect, test } from "vitest";
import { type Service, startService } from "./harness.ts";

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop());

const first = { subnet_addr: "10.18.0.0", subnet_addr_v6: "fc00::" };
const second = { subnet_addr: "10.18.0.64", subnet_addr_v6: "fc00::100" };

test("a worker has one subnet, however often it asks and whoever restarts", async () => {
  const cluster = await service.cluster();
  expect(await cluster.call("GET /api/net/subnet?worker_id=a")).toEqual(first);
  expect(await cluster.call("GET /api/net/subnet?worker_id=b")).toEqual(second);
  await service.restart();
  expect(await cluster.call("GET /api/net/subnet?worker_id=a")).toEqual(first);
});

test("workers of two clusters may have one name", async () => {
  const [one, two] = [await service.cluster(), await service.cluster()];
  expect(await one.call("GET /api/net/subnet?worker_id=a")).toEqual(first);
  expect(await two.call("GET /api/net/subnet?worker_id=a")).toEqual(second);
});

test("who does not say which worker it is for gets a new one each time", async () => {
  const cluster = await service.cluster();
  expect(await cluster.call("GET /api/net/subnet")).toEqual(first);
  expect(await cluster.call("GET /api/net/subnet")).toEqual(second);
});

test("a returned subnet rests, and goes to another worker then", async () => {
  const cluster = await service.cluster();
  await cluster.call("GET /api/net/subnet?worker_id=a");
  const back = "DELETE /api/net/subnet?worker_id=a";
  expect(await cluster.call(back)).toBe("subnet returned");
  expect(await cluster.call(back)).toBe("subnet returned");
  expect(await cluster.call("GET /api/net/subnet?worker_id=b")).toEqual(second);
  service.clock.advance(301);
  expect(await cluster.call("GET /api/net/subnet?worker_id=c")).toEqual(first);
});

test("with a cluster go its interests and the subnets of its workers", async () => {
  const [one, two] = [await service.cluster(), await service.cluster()];
  await one.call("GET /api/net/subnet?worker_id=a");
  await two.call("GET /api/net/subnet?worker_id=a");
  expect(await service.tier.call(`DELETE /api/net/cluster/${one.id}`)).toBe("cluster removed");
  const again = await service.tier.refusal(`DELETE /api/net/cluster/${one.id}`);
  expect(again).toEqual({ status: 404, code: "cluster_unknown" });
  expect(await one.refusal("GET /api/net/subnet?worker_id=a")).toMatchObject({ status: 401 });
  service.clock.advance(301);
  expect(await two.call("GET /api/net/subnet?worker_id=b")).toEqual(first);
  expect(await two.call("GET /api/net/subnet?worker_id=a")).toEqual(second);
});
