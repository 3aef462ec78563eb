import { NetCfg } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import { expect, test } from "vitest";
import { createFakeDataPlane } from "../adapters/fake/fake-data-plane.ts";
import { createRegistration, type RegistrationOptions } from "./registration.ts";

const requestOf = (worker: string) => ({ client_id: worker, cluster_address: "127.0.0.1" });
const first = { v4: "10.18.0.64", v6: "fc00::100" };
const second = { v4: "10.18.0.128", v6: "fc00::200" };

function aHost(overrides: Partial<RegistrationOptions> = {}) {
  const plane = createFakeDataPlane({ namespaceOf: String });
  const registration = createRegistration({
    plane,
    link: { open: () => undefined },
    files: { net: NetCfg.parse({}), tunnel: { TunnelPort: 50_103 } },
    sourceAddressTo: async () => "127.0.0.1",
    onReady: async () => undefined,
    hasAttachments: () => false,
    reset: async () => undefined,
    save: async () => undefined,
    clock: systemClock,
    logger: createSilentLogger(),
    ...overrides,
  });
  return { plane, registration };
}

test("what comes while a host becomes another worker brings up nothing of the one before", async () => {
  const strays: Promise<unknown>[] = [];
  const { plane, registration } = aHost({
    reset: async () => {
      strays.push(registration.checkAddress(), registration.leased(first));
    },
  });
  await registration.adopt({ registration: requestOf("a".repeat(24)), subnet: first });
  expect(plane.state().subnet).toEqual(first);
  const registered = registration.register(requestOf("b".repeat(24)));
  await expect.poll(() => registration.current()?.client_id).toBe("b".repeat(24));
  await Promise.all(strays);
  expect(strays).toHaveLength(2);
  expect(registration.isReady()).toBe(false);
  await registration.leased(second);
  await registered;
  expect(plane.state().subnet).toEqual(second);
});

test("what is being brought up ends before all is forgotten", async () => {
  const { plane, registration } = aHost();
  const adopted = registration.adopt({ registration: requestOf("a".repeat(24)), subnet: first });
  await registration.forget();
  await adopted;
  expect(registration.isReady()).toBe(false);
  await plane.uninstall();
  await registration.checkAddress();
  expect(plane.state().subnet).toEqual({ v4: "", v6: "" });
});

test("who waits for a subnet waits no longer once the process ends", async () => {
  const { registration } = aHost({ waitMs: 60_000 });
  const waiting = registration.register(requestOf("a"));
  registration.giveUp();
  await expect(waiting).rejects.toMatchObject({ code: "no_subnet" });
});
