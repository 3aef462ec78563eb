import type { Environment } from "./config.ts";

/** upstream: each plane names its database by its own pair; all mean the same to us. */
const pairs = [
  { url: "MONGO_URL", port: "MONGO_PORT" },
  { url: "ROOT_MONGO_URL", port: "ROOT_MONGO_PORT" },
  { url: "CLUSTER_MONGO_URL", port: "CLUSTER_MONGO_PORT" },
] as const;

/**
 * The connection string that an environment names, or undefined. A value without a scheme is a host,
 * joined with the matching `…_PORT` (27017 when unset). The result is not checked here: give it to a
 * schema whose `MONGO_URL` is `mongoUrl()`, so that its faults are listed with all others:
 * `loadConfig(schema, { ...env, MONGO_URL: mongoUrlFrom(env) })`.
 */
export function mongoUrlFrom(env: Environment): string | undefined {
  for (const { url, port } of pairs) {
    const given = (env[url] ?? "").trim();
    if (given === "") continue;
    if (given.includes("://")) return given;
    if (/^[^:]+:\d+$/.test(given)) return `mongodb://${given}`;
    const isBareIpv6 = given.includes(":") && !given.startsWith("[");
    return `mongodb://${isBareIpv6 ? `[${given}]` : given}:${(env[port] ?? "").trim() || "27017"}`;
  }
  return undefined;
}
