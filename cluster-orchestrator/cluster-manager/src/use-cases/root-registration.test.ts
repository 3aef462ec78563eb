import type { ClusterRegistered } from "@oak/contracts";
import { expect, test } from "vitest";
import { createRootRegistration, NotRegistered, type RootState } from "./root-registration.ts";

/** A registration at a root that gives one session after the other, and a store that can be slow. */
function aMembership() {
  let nowMs = 0;
  const saved: RootState[] = [];
  const membership = {
    incarnation: "r".repeat(16),
    id: "c1",
    /** the last one that was given */
    sessions: 0,
    /** settles before anything is stored */
    gate: Promise.resolve(),
  };
  const registration = createRootRegistration({
    root: {
      register: async (): Promise<ClusterRegistered> => {
        membership.sessions += 1;
        const { incarnation, id, sessions } = membership;
        return { id, token: "t", session: sessions, incarnation, want_rev: 0 };
      },
      wanted: () => Promise.reject(new Error("not asked here")),
      report: () => Promise.reject(new Error("not asked here")),
    },
    rootStates: {
      load: async () => saved.at(-1),
      save: async (state) => {
        await membership.gate;
        saved.push(state);
      },
    },
    log: { info: () => undefined } as never,
    onRegistered: () => undefined,
    clock: { monotonicMs: () => nowMs },
  });
  return Object.assign(membership, {
    registration,
    saved,
    wait: (ms: number) => {
      nowMs += ms;
    },
  });
}

test("a cursor counts at once, and is stored once for all that happens in half a second", async () => {
  const { registration, saved, wait } = aMembership();
  await registration.ensure();
  registration.advance(1, 5);
  registration.advance(1, 8);
  expect(registration.state()?.cursor).toBe(8);
  expect(await registration.noteCursor()).toBe(false);
  expect(registration.storedCursor()).toBe(0);
  wait(500);
  expect(await registration.noteCursor()).toBe(true);
  expect(registration.storedCursor()).toBe(8);
  expect(saved.map(({ cursor }) => cursor)).toEqual([0, 8]);
  wait(500);
  expect(await registration.noteCursor()).toBe(false);
});

test("a cursor that moves while it is stored is stored again", async () => {
  const { registration, wait } = aMembership();
  await registration.ensure();
  registration.advance(1, 5);
  wait(500);
  const noting = registration.noteCursor();
  // The store has been given the first one by then.
  await Promise.resolve();
  registration.advance(1, 6);
  await noting;
  wait(500);
  await registration.noteCursor();
  expect(registration.storedCursor()).toBe(6);
});

test("a cursor that could not be stored is not passed for good, and tried again", async () => {
  const membership = aMembership();
  const { registration, wait } = membership;
  await registration.ensure();
  registration.advance(1, 5);
  wait(500);
  membership.gate = Promise.reject(new Error("the database is away"));
  await expect(registration.noteCursor()).rejects.toThrow("away");
  expect(registration.storedCursor()).toBe(0);
  membership.gate = Promise.resolve();
  wait(500);
  await registration.noteCursor();
  expect(registration.storedCursor()).toBe(5);
});

test("a cursor that is stored late does not bring an older session back", async () => {
  const membership = aMembership();
  const { registration, saved, wait } = membership;
  await registration.ensure();
  registration.advance(1, 5);
  wait(500);
  let open = (): void => undefined;
  membership.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const noting = registration.noteCursor();
  const again = registration
    .inSession(() => Promise.reject(new NotRegistered()))
    .catch(() => registration.ensure());
  await new Promise(setImmediate);
  open();
  await Promise.all([noting, again]);
  expect(registration.state()).toMatchObject({ session: 2, cursor: 5 });
  expect(saved.at(-1)).toMatchObject({ session: 2, cursor: 5 });
});

test("at a root with a new database the cursor begins anew", async () => {
  const membership = aMembership();
  const { registration } = membership;
  await registration.ensure();
  registration.advance(1, 5);
  membership.incarnation = "n".repeat(16);
  await registration
    .inSession(() => Promise.reject(new NotRegistered()))
    .catch(() => registration.ensure());
  expect(registration.state()).toMatchObject({ session: 2, cursor: 0 });
  expect(registration.storedCursor()).toBe(0);
});

test("a root that has given the cluster a new id counts its wishes anew", async () => {
  const membership = aMembership();
  const { registration } = membership;
  await registration.ensure();
  registration.advance(1, 5);
  membership.id = "c2";
  await registration
    .inSession(() => Promise.reject(new NotRegistered()))
    .catch(() => registration.ensure());
  expect(registration.state()).toMatchObject({ clusterId: "c2", cursor: 0 });
});

test("a root that gives a session again counts from an older state", async () => {
  const membership = aMembership();
  const { registration } = membership;
  await registration.ensure();
  registration.advance(1, 5);
  membership.sessions = 0;
  await registration
    .inSession(() => Promise.reject(new NotRegistered()))
    .catch(() => registration.ensure());
  expect(registration.state()).toMatchObject({ session: 1, cursor: 0 });
});
