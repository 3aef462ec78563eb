import { expect, test } from "vitest";
import { hasScope, scopeNeeded } from "./scopes.ts";

test.each([
  ["GET", "/api/services/:appid", "read"],
  ["HEAD", "/api/services", "read"],
  ["POST", "/api/service/:serviceid/instance", "deploy"],
  ["PUT", "/api/service/:serviceid", "deploy"],
  ["POST", "/frontend/uploader", "deploy"],
  ["DELETE", "/api/clusters/:clusterid", "admin"],
  ["POST", "/api/auth/register", "admin"],
  ["PUT", "/api/settings", "admin"],
  ["GET", "/api/settings", "read"],
])("%s %s needs %s", (method, path, scope) => {
  expect(scopeNeeded(method, path)).toBe(scope);
});

test.each(["/api/brand-new", "/metrics", "/api", "/api/", "/api/constructor", "/api/__proto__/x"])(
  "%s is closed, since nobody has said what it needs",
  (path) => {
    expect(scopeNeeded("GET", path)).toBeUndefined();
    expect(scopeNeeded("POST", path)).toBeUndefined();
  },
);

test("a scope includes the weaker ones, and what is no scope includes nothing", () => {
  expect(hasScope(["deploy"], "read")).toBe(true);
  expect(hasScope(["admin"], "deploy")).toBe(true);
  expect(hasScope(["read"], "deploy")).toBe(false);
  expect(hasScope(["deploy"], "admin")).toBe(false);
  expect(hasScope(["Admin", "*", ""], "read")).toBe(false);
});
