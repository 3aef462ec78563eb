import type { Scope } from "@oak/contracts";

/** Which scope of an API token a route needs, by the first part of its path behind `/api/`. */
interface Section {
  read: Scope;
  write: Scope;
}

const deployable: Section = { read: "read", write: "deploy" };
const managed: Section = { read: "read", write: "admin" };

/** What is not listed is closed to API tokens. */
const sections: Readonly<Record<string, Section>> = {
  application: deployable,
  applications: deployable,
  service: deployable,
  services: deployable,
  uploader: deployable,
  auth: managed,
  clusters: managed,
  "custom-resources": managed,
  events: managed,
  hooks: managed,
  nodes: managed,
  organization: managed,
  orphans: managed,
  permission: managed,
  settings: managed,
  tokens: managed,
  user: managed,
  users: managed,
};

const includes: Readonly<Record<Scope, readonly string[]>> = {
  read: ["read"],
  deploy: ["read", "deploy"],
  admin: ["read", "deploy", "admin"],
};

/**
 * The scope that a token needs for a route; undefined: no token opens it.
 * @param path of the route, as it was registered
 */
export function scopeNeeded(method: string, path: string): Scope | undefined {
  const name = /^\/(?:api|frontend)\/([a-z-]+)(?:\/|$)/.exec(path)?.[1];
  const section = name !== undefined && Object.hasOwn(sections, name) ? sections[name] : undefined;
  return method === "GET" || method === "HEAD" ? section?.read : section?.write;
}

export function hasScope(scopes: readonly string[], needed: Scope): boolean {
  return missingScopes(scopes, [needed]).length === 0;
}

/** Those of `wanted` that are not among what `scopes` allow. */
export function missingScopes(scopes: readonly string[], wanted: readonly Scope[]): Scope[] {
  const allowed = new Set(
    (["read", "deploy", "admin"] as const).flatMap((scope) =>
      scopes.includes(scope) ? includes[scope] : [],
    ),
  );
  return wanted.filter((scope) => !allowed.has(scope));
}
