import type { TableService } from "@oak/contracts";
import { expect, test } from "vitest";
import { createServiceBook } from "../domain/service-book.ts";
import { createResolver } from "./resolve.ts";

const jobName = "app.test.web.test";
const byName = { sname: jobName, sip: "" };
const store = { all: async () => [], put: async () => {}, remove: async () => {} };

function service(clusterId: string): TableService {
  return {
    _id: "a".repeat(24),
    job_name: jobName,
    service_ip_list: [{ IpType: "RR", Address: "10.30.0.1", Address_v6: "fdff:2000::1" }],
    instance_list: [
      {
        instance_number: 0,
        instance_ip: "10.30.0.2",
        instance_ip_v6: "fdff::2",
        cluster_id: clusterId,
      },
    ],
  };
}

/** A root that answers when it is told to. */
function scene() {
  const services = createServiceBook(store);
  const answers: ((service: TableService | undefined) => void)[] = [];
  const root = {
    find: () => new Promise<TableService | undefined>((resolve) => answers.push(resolve)),
  };
  return { services, answers, resolver: createResolver({ services, root }) };
}

test("who asks the same waits for the same answer", async () => {
  const { resolver, answers, services } = scene();
  expect(resolver.isOpen(byName)).toBe(true);
  const both = [resolver.resolve(byName), resolver.resolve(byName)];
  expect(answers).toHaveLength(1);
  answers[0]?.(service("one"));
  expect(await Promise.all(both)).toEqual([service("one"), service("one")]);
  expect(services.named(jobName)?.service).toEqual(service("one"));
  expect(resolver.isOpen(byName)).toBe(false);
  expect(resolver.isOpen({ sname: "", sip: "10.30.0.2" })).toBe(false);
  expect(resolver.isOpen({ sname: "", sip: "nowhere" })).toBe(false);
});

test("an answer that an update has overtaken does not replace it", async () => {
  const { resolver, answers, services } = scene();
  const answer = resolver.resolve({ sname: "", sip: "10.30.0.2" });
  resolver.overtake(jobName);
  await services.learn(service("new"));
  answers[0]?.(service("old"));
  expect(await answer).toEqual(service("new"));
  expect(services.named(jobName)?.service).toEqual(service("new"));
});

test("a service that ended while it was asked for is asked for again", async () => {
  const { resolver, answers, services } = scene();
  const answer = resolver.resolve(byName);
  resolver.overtake(jobName);
  answers[0]?.(service("old"));
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.(undefined);
  expect(await answer).toBeUndefined();
  expect(services.named(jobName)).toBeUndefined();
});
