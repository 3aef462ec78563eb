import type { HttpApp } from "@oak/kit";
import type { RouteOptions } from "fastify";
import { scopeNeeded } from "../domain/scopes.ts";
import type { Gate } from "./gates.ts";

/**
 * Writes into the API document what the gates of a route ask for: `x-roles`, of which the caller needs one, and
 * `x-scope` for API tokens. Said once by the gates, it cannot differ from what is enforced. To be called before the
 * routes are added.
 */
export function describeAccess(app: HttpApp): void {
  app.addHook("onRoute", (route) => {
    const gates = gatesOf(route);
    if (gates.length === 0) return;
    const roles = gates.flatMap((gate) => gate.roles ?? []);
    const method = [route.method].flat()[0] ?? "";
    const scope = scopeNeeded(method, route.url);
    route.schema = Object.assign({}, route.schema, {
      ...(roles.length === 0 ? {} : { "x-roles": roles }),
      ...(scope === undefined ? {} : { "x-scope": scope }),
    });
  });
}

function gatesOf({ onRequest }: RouteOptions): Gate[] {
  const hooks: unknown[] = [onRequest].flat();
  return hooks.filter((hook): hook is Gate => typeof hook === "function" && "isGate" in hook);
}
