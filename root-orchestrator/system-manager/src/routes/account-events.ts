import { type HttpApp, principalOf } from "@oak/kit";
import { accountAct } from "../domain/events/account-acts.ts";
import type { Events } from "../ports/events.ts";

/** Tells administrators who changed what about users, organizations, tokens, hooks and settings. */
export function addAccountEvents(app: HttpApp, events: Events): void {
  app.addHook("onResponse", async (request, reply) => {
    const { method, params, body } = request;
    if (reply.statusCode !== 200 || method === "GET") return;
    const path = request.routeOptions.url ?? "";
    const done = accountAct({ method, path, params, body });
    if (done === undefined) return;
    const principal = principalOf(request);
    const actor = principal.kind === "user" ? principal.name : principal.kind;
    events.record({ reason: "account_changed", message: `${actor} ${done}`, actor });
  });
}
