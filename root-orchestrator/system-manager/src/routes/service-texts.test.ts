import { json } from "node:stream/consumers";
import { type GivenAddresses, ServiceView } from "@oak/contracts";
import { expect, test } from "vitest";
import { anInstanceView } from "../../test/fake-stores.ts";
import { serviceView } from "../domain/service-view.ts";
import type { JobWithInstances } from "../ports/jobs.ts";
import { createServiceTexts } from "./service-texts.ts";

const id = "5e".repeat(12);

const aService = (extra: object = {}): JobWithInstances => ({
  _id: id,
  microserviceID: id,
  applicationID: "5f".repeat(12),
  microservice_name: "web",
  microservice_namespace: "prod",
  app_name: "shop",
  app_ns: "prod",
  service_name: "web",
  service_ns: "prod",
  job_name: "shop.prod.web.prod",
  job_name_key: "shop.prod.web.prod",
  virtualization: "docker",
  code: "web:1",
  image: "web:1",
  colour: { is: ["red"] },
  owner: "ada",
  rev: 3,
  spec_rev: 1,
  members: [0],
  next_instance_progressive_number: 1,
  deleted: false,
  created_at: 5,
  status: "RUNNING",
  instance_list: [anInstanceView(0)],
  ...extra,
});

const given = (instance_ip: string): GivenAddresses => ({
  job_id: id,
  service_ip_list: [
    { IpType: "RR", Address: "10.30.0.1", Address_v6: "fd00::1" },
    { IpType: "Closest", Address: "10.30.0.2", Address_v6: "fd00::2" },
  ],
  instance_list: [{ instance_number: 0, instance_ip, instance_ip_v6: "fd00::3" }],
});

function textsWith(addresses: () => GivenAddresses | undefined) {
  return createServiceTexts({
    addressesOf: async (services) => {
      const found = addresses();
      return new Map(found === undefined ? [] : services.map(({ _id }) => [_id, found]));
    },
  });
}

test("a text says what the answer's schema would let through, no more and no less", async () => {
  for (const addresses of [undefined, given("10.30.1.1")]) {
    const service = aService();
    const text = await textsWith(() => addresses).one(service);
    expect(JSON.parse(text)).toEqual(ServiceView.parse(serviceView(service, addresses)));
  }
});

test("an address that comes later shows, although the service is the same", async () => {
  let addresses: GivenAddresses | undefined;
  const texts = textsWith(() => addresses);
  const service = aService();
  expect(await texts.one(service)).not.toContain("10.30.1.1");
  addresses = given("10.30.1.1");
  expect(await texts.one(service)).toContain("10.30.1.1");
});

test("a long list is whole and in its order, and an empty one is a list", async () => {
  const texts = textsWith(() => undefined);
  const names = Array.from({ length: 250 }, (_, index) => `s${index}`);
  const answer = await texts.many(names.map((job_name) => aService({ job_name })));
  if (typeof answer === "string") throw new Error("A long list comes in slices");
  const list: unknown = await json(answer);
  expect(
    ServiceView.array()
      .parse(list)
      .map(({ job_name }) => job_name),
  ).toEqual(names);
  expect(await texts.many([])).toBe("[]");
});
