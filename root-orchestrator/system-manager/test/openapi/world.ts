import { anSla } from "../../../../packages/core/test/sla-documents.ts";
import type { Answer, Call, Harness } from "../harness.ts";
import { startWholeRoot } from "../whole-root.ts";
import type { Described } from "./document.ts";

/** A root with something in it, and where its things are found. */
export interface World {
  harness: Harness;
  /** A token that no operation before has ended, and the counters of failed logins as if nobody had tried. */
  freshToken(): Promise<string>;
  /** The path of an operation with ids of things that exist, unless `given` names others. */
  pathOf(described: Described, given?: Readonly<Record<string, string>>): string;
  /** One request; what streams is left as soon as its headers are there. */
  send(method: string, path: string, call: Call): Promise<Answer>;
}

const aMinuteAndMoreMs = 61_000;

export async function startWorld(): Promise<World> {
  const harness = await startWholeRoot();
  const login = () => harness.login();
  const token = await login();
  const created = await harness.call("POST", "/api/application", { token, body: anSla() });
  const [application] = created.body;
  const [service = ""] = application.microservices;
  await harness.call("POST", `/api/service/${service}/instance`, { token });
  const guest = { name: "guest", password: "guest", email: "guest@example.org" };
  await harness.call("POST", "/api/auth/register", { token, body: { ...guest, roles: [] } });
  const admin = await harness.call("GET", "/api/user/Admin", { token });
  const organizations = await harness.call("GET", "/api/organization", { token });
  const known: Record<string, string> = {
    appid: application.applicationID,
    serviceid: service,
    number: "0",
    userid: admin.body._id.$oid,
    username: guest.name,
    organizationid: organizations.body[0]._id.$oid,
  };
  return {
    harness,
    freshToken: async () => {
      harness.clock.shiftMs += aMinuteAndMoreMs;
      return login();
    },
    pathOf: ({ path, operation }, given = {}) =>
      path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
        const parameter = operation.parameters?.find((one) => one.name === name);
        return given[name] ?? encodeURIComponent(known[name] ?? String(parameter?.example));
      }),
    send: async (method, path, { token: bearer, raw, headers = {} }) => {
      const leaving = new AbortController();
      const response = await fetch(`${harness.manager.url()}${path}`, {
        method,
        headers: {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(raw === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(raw === undefined ? {} : { body: raw }),
        signal: leaving.signal,
      });
      const type = response.headers.get("content-type") ?? "";
      if (!type.includes("json")) {
        leaving.abort();
        return { status: response.status, headers: response.headers, body: undefined };
      }
      const body = JSON.parse(await response.text());
      return { status: response.status, headers: response.headers, body };
    },
  };
}
