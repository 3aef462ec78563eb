import { expect, test } from "vitest";
import { aRegistration, startShell } from "./shell.ts";

test("the status names the cluster before the root knows it", async () => {
  const { app } = await startShell();
  const response = await app.inject({ url: "/api/cluster/status" });
  expect(response.json()).toEqual({
    cluster_name: "garage",
    cluster_id: "",
    connected_to_root: false,
  });
});

test("only services of the tier may ask about credentials", async () => {
  const { join, check } = await startShell();
  const { mqtt } = await join(aRegistration());
  expect((await check(mqtt, "a-guess")).status).toBe(401);
  expect((await check(mqtt, mqtt.password)).status).toBe(401);
});

test.each([
  ["an unknown user", { username: "nobody", password: "x" }],
  ["an operator as user name", { username: "$ne", password: "" }],
])("%s belongs to nobody", async (_case, credential) => {
  const { check } = await startShell();
  expect(await check(credential)).toEqual({ status: 200, body: { kind: "none" } });
});

test("anything but text as user name is a fault", async () => {
  const { check } = await startShell();
  expect((await check({ username: { $ne: "" }, password: { $ne: "" } })).status).toBe(422);
});
