import type { TableService } from "@oak/contracts";
import { expect, test } from "vitest";
import type { ServiceRecord } from "../ports.ts";
import { createServiceBook } from "./service-book.ts";

function aService(name: string, address: string): TableService {
  return {
    _id: "a".repeat(24),
    job_name: name,
    service_ip_list: [{ IpType: "RR", Address: address, Address_v6: "fdff:2000::1" }],
    instance_list: [],
  };
}

/** A book over a store in memory. */
async function aBook(...stored: ServiceRecord[]) {
  const documents = new Map(stored.map((record) => [record._id, record]));
  const book = createServiceBook({
    all: async () => [...documents.values()],
    put: async (record) => {
      documents.set(record._id, record);
    },
    remove: async (id) => {
      documents.delete(id);
    },
  });
  await book.load();
  return { book, documents };
}

test("a service is found in any spelling of its name and addresses", async () => {
  const service = aService("App.a.Web.b", "10.30.0.1");
  const { book } = await aBook({ _id: service.job_name, service, workers: [] });
  for (const name of ["App.a.Web.b", "app.a.web.b"]) expect(book.named(name)).toBeDefined();
  for (const address of ["10.30.0.1", "FDFF:2000:0::1"]) {
    expect(book.withAddress(address)?._id).toBe("App.a.Web.b");
  }
  expect(book.withAddress("10.30.0.2")).toBeUndefined();
  expect(book.withAddress("10.30.x.1")).toBeUndefined();
});

test("only what is different is news", async () => {
  const { book } = await aBook();
  expect(await book.learn(aService("a.b.c.d", "10.30.0.1"))).toBe(true);
  expect(await book.learn(aService("a.b.c.d", "10.30.0.1"))).toBe(false);
  expect(await book.learn(aService("a.b.c.d", "10.30.0.2"))).toBe(true);
  expect(book.withAddress("10.30.0.1")).toBeUndefined();
  expect(await book.unlearn("a.b.c.d")).toBe(true);
  expect(await book.unlearn("a.b.c.d")).toBe(false);
});

test("an address that goes to another service is not lost when the first one ends", async () => {
  const { book } = await aBook();
  await book.learn(aService("a.b.c.d", "10.30.0.1"));
  await book.learn(aService("e.f.g.h", "10.30.0.1"));
  await book.unlearn("a.b.c.d");
  expect(book.withAddress("10.30.0.1")?._id).toBe("e.f.g.h");
});

test("workers that ask at the same moment are all remembered, once", async () => {
  const { book, documents } = await aBook();
  await book.learn(aService("a.b.c.d", "10.30.0.1"));
  const asking = ["w1", "w2", "w3", "w1"].map((worker) => book.addWorker("a.b.c.d", worker));
  await Promise.all([...asking, book.learn(aService("a.b.c.d", "10.30.0.9"))]);
  await book.removeWorker("a.b.c.d", "w2");
  expect(documents.get("a.b.c.d")).toMatchObject({
    workers: ["w1", "w3"],
    service: { service_ip_list: [{ Address: "10.30.0.9" }] },
  });
});
