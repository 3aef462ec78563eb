import { afterAll, beforeAll, expect, test } from "vitest";
import { aJob, announce } from "./documents.ts";
import { eventually, type Service, startService } from "./harness.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

let made = 0;
async function user(name: string) {
  made += 1;
  const token = `token-${made}-of-${name}`;
  service.root.state.users.set(token, name);
  return { token, ...service.as(token) };
}

test("users see the addresses of their own services, by name and by address", async () => {
  const job = service.root.jobs.put(aJob({ owner: "ada" }));
  const ada = await user("ada");
  const name = `GET /api/pubnet/service/netinfo/${job.job_name.replaceAll(".", "_")}`;
  await eventually(() =>
    ada.call(name).then(
      () => true,
      () => false,
    ),
  );
  const info = await ada.call<{ service_ip_list: { Address: string }[] }>(name);
  expect(info).toMatchObject({
    _id: job._id,
    service_job_id: job._id,
    app_name: "app",
    service_ns: "test",
    instance_list: [],
  });
  const [address] = info.service_ip_list;
  const byAddress = `GET /api/pubnet/service/netinfo/ip/${address?.Address.replaceAll(".", "_")}`;
  expect(await ada.call(byAddress)).toEqual(info);
  const bob = await user("bob");
  const unknown = { status: 404, code: "service_unknown" };
  expect(await bob.refusal(name)).toEqual(unknown);
  expect(await bob.refusal(byAddress)).toEqual(unknown);
});

test("suggested addresses are left, and legal to choose", async () => {
  const ada = await user("ada");
  const path = "GET /api/pubnet/service/netinfo/available-ip";
  type Answer = { available_service_ips: { Address: string | null; Address_v6: string | null }[] };
  const two = await ada.call<Answer>(`${path}/2`);
  expect(
    two.available_service_ips.map(({ Address, Address_v6 }) => Address ?? Address_v6),
  ).toHaveLength(4);
  const [v4] = (await ada.call<Answer>(`${path}/?v=4`)).available_service_ips;
  const [v6] = (await ada.call<Answer>(`${path}?v=6`)).available_service_ips;
  expect(v4).toMatchObject({ Address_v6: null, IpType: "IPv4" });
  expect(v6).toMatchObject({ Address: null, IpType: "IPv6" });
  const wished = { rr_ip: v4?.Address ?? "", rr_ip_v6: v6?.Address_v6 ?? "" };
  await service.tier.call("POST /api/net/service/deploy", announce(aJob(), wished));
  expect((await ada.call<Answer>(`${path}/1?v=4`)).available_service_ips).not.toContainEqual(v4);
});

test.each(["0", "101", "x"])("suggesting %s addresses is refused", async (count) => {
  const ada = await user("ada");
  const line = `GET /api/pubnet/service/netinfo/available-ip/${count}`;
  expect(await ada.refusal(line)).toMatchObject({ status: 400 });
});

const line = "GET /api/pubnet/service/netinfo/available-ip";
const closed = { status: 401, code: "unauthenticated" };

test("only those open these doors whom the root knows as users", async () => {
  for (const caller of [service.as(undefined), service.as("nonsense"), service.tier]) {
    expect(await caller.refusal(line)).toEqual(closed);
  }
});

test("a token that has ended is good for some seconds and no longer", async () => {
  const ada = await user("ada");
  await ada.call(line);
  service.root.state.users.delete(ada.token);
  service.clock.advance(5);
  expect(await ada.refusal(line)).toEqual(closed);
});

test("while the root cannot be asked, those whom it knew a moment ago go on for two minutes", async () => {
  const ada = await user("ada");
  const bob = await user("bob");
  await ada.call(line);
  service.root.state.isAway = true;
  service.clock.advance(60);
  await ada.call(line);
  const away = { status: 503, code: "unavailable" };
  expect(await bob.refusal(line)).toEqual(away);
  service.clock.advance(60);
  expect(await ada.refusal(line)).toEqual(away);
  service.root.state.isAway = false;
  await ada.call(line);
});
