import {
  NetAttach,
  NetDetach,
  NetLeases,
  NetPrepare,
  NetRegister,
  NetRelease,
} from "@oak/contracts";
import type { Agent } from "../agent.ts";
import { errors } from "../errors.ts";
import { type Routes, route } from "./route.ts";

const mostFlows = 10_000;

/** The interface of the worker's network. upstream: the first seven, and their `/docker/undeploy`. */
export function agentRoutes(agent: Agent): Routes {
  const attach = route(NetAttach, (request) => agent.attach(request));
  const detach = route(NetDetach, (request) => agent.detach(request));
  return {
    "POST /register": route(NetRegister, (request) => agent.register(request)),
    "POST /container/deploy": attach,
    "POST /container/undeploy": detach,
    "POST /docker/undeploy": detach,
    "POST /unikernel/deploy": route(NetAttach, () => {
      throw errors.unsupported("Unikernels are not attached by this net-manager");
    }),
    "POST /unikernel/undeploy": detach,
    "POST /container/prepare": route(NetPrepare, ({ pid }) => agent.prepare(pid)),
    "POST /container/release": route(NetRelease, ({ slot }) => agent.release(slot)),
    "POST /leases": route(NetLeases, (request) => agent.renewLeases(request)),
    "POST /uninstall": () => agent.uninstall(),
    "GET /status": async () => agent.status(),
    "GET /table": async () => ({ services: agent.services() }),
    "GET /slots": async () => ({ slots: agent.slots() }),
    "GET /flows": async () => ({ flows: await agent.flows(mostFlows) }),
  };
}
