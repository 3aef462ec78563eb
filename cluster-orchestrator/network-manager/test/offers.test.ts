import { createHttpClient, hashToken } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy } from "./deployments.ts";
import { eventually, type Site, startSite, tierSecret, type Worker } from "./harness.ts";

let site: Site;
let a: Worker;
let b: Worker;
beforeEach(async () => {
  site = await startSite();
  a = await site.worker("a");
  b = await site.worker("b");
});
afterEach(() => site.stop());

const wireguard = { public_key: Buffer.alloc(32, 1).toString("base64"), port: 50_104 };

async function offerOf(worker: Worker, appname: string) {
  const { address, addressv6 } = await worker.ask("subnet", { METHOD: "GET" });
  return {
    ...{ appname, instance_number: 0, host_ip: "192.0.2.7", host_port: 50_103, wireguard },
    subnet: String(address),
    subnetv6: String(addressv6),
  };
}

test("an offer reaches the worker of the cluster that has the instance", async () => {
  const { name } = await deploy(site, a.id);
  await eventually(async () => {
    const { app_name: found } = await b.ask("query", { sname: name, sip: "" });
    return found === name;
  });
  const offer = await offerOf(b, name);
  await b.send("tunnelOffer", offer);
  await eventually(() => a.offers().length > 0);
  expect(a.offers()).toEqual([offer]);
});

test("nobody offers the subnet of somebody else", async () => {
  const { name } = await deploy(site, a.id);
  const foreign = await offerOf(a, name);
  const own = await offerOf(b, name);
  await b.send("tunnelOffer", foreign);
  await b.send("tunnelOffer", { ...own, subnetv6: foreign.subnetv6 });
  // In order: when this one is there, the others were refused.
  await eventually(async () => {
    await b.send("tunnelOffer", own);
    return a.offers().length > 0;
  });
  expect(a.offers()).toEqual(a.offers().map(() => own));
});

test("the root hands an offer to the cluster that has the instance, and takes it from none but the owner", async () => {
  const { name } = await deploy(site, a.id);
  const tier = createHttpClient({
    baseUrl: site.rootNetwork.url(),
    headers: { authorization: `Bearer ${tierSecret}` },
  });
  const other = createHttpClient({
    baseUrl: site.rootNetwork.url(),
    headers: { authorization: "Bearer other" },
  });
  try {
    const body = {
      cluster_id: "d".repeat(24),
      cluster_address: "",
      cluster_port: "",
      token_hash: hashToken("other"),
    };
    await tier.request({ method: "POST", path: "/api/net/cluster", body });
    const path = "/api/net/subnet?worker_id=far";
    const lease = (await other.request({ path })) as Record<string, string>;
    const subnet = { subnet: lease["subnet_addr"], subnetv6: lease["subnet_addr_v6"] };
    const offer = { ...(await offerOf(b, name)), ...subnet };
    const post = (what: object) =>
      other.request({ method: "POST", path: "/api/net/tunnel/offer", body: what });
    await eventually(async () => {
      await post(offer).catch(() => undefined);
      return a.offers().length > 0;
    });
    expect(a.offers()[0]).toEqual(offer);
    await expect(post(await offerOf(b, name))).rejects.toMatchObject({ status: 403 });
    await expect(post({ ...offer, instance_number: 7 })).rejects.toMatchObject({ status: 404 });
    await expect(post({ ...offer, wireguard: { public_key: "x" } })).rejects.toMatchObject({
      status: 400,
    });
  } finally {
    tier.close();
    other.close();
  }
});
