import { afterAll, test as anyTest, beforeAll, type TestAPI } from "vitest";
import type { Rules } from "../src/kernel/rules-port.ts";
import type { Addresses, FlowView, LocalInstance, ServiceProgram } from "../src/ports.ts";
import { type Agent, type Bed, makeBed } from "./rules-bed.ts";

/** Making namespaces is root's. */
const canMakeNamespaces = process.getuid?.() === 0;
export const test = anyTest.runIf(canMakeNamespaces) as TestAPI;

/** Addresses of the service `server`. */
export const RR = { v4: "10.30.0.10", v6: "fdff:2000::10" };

export const instanceOf = (number: number): Addresses => ({
  v4: `10.30.1.${number}`,
  v6: `fdff::1:${number}`,
});

/** A worker with rules, and workloads that are told to them: a client, three servers of one owner, and one of another. */
export interface RulesScene {
  readonly bed: Bed;
  readonly rules: Rules;
  readonly client: Agent;
  readonly servers: readonly Agent[];
  readonly stranger: Agent;
  /** Others go on over the same tables, and have been told nothing. */
  replaceRules(): Promise<void>;
  tellWorkloads(): void;
  hasFlow(wanted: (flow: FlowView) => boolean): Promise<boolean>;
}

/** One for all tests of a file, to be called at its top; its parts are there inside of tests. */
export function shareRulesScene(): RulesScene {
  let bed: Bed;
  let rules: Rules;
  let client: Agent;
  let stranger: Agent;
  const servers: Agent[] = [];

  const openRules = async (): Promise<void> => {
    rules = bed.rules();
    await rules.start(bed.options);
  };
  const tellWorkloads = (): void => {
    for (const [index, agent] of [client, ...servers, stranger].entries()) {
      rules.setSlot({ link: `v${index + 2}`, namespace: agent });
      rules.setLocal(localOf(agent, index + 2));
    }
  };

  beforeAll(async () => {
    if (!canMakeNamespaces) return;
    bed = await makeBed();
    client = await bed.workload("client", 2);
    for (const number of [3, 4, 5]) servers.push(await bed.workload(`s${number}`, number));
    stranger = await bed.workload("stranger", 6);
    await openRules();
    tellWorkloads();
  }, 60_000);
  afterAll(() => bed?.remove());

  return {
    get bed() {
      return bed;
    },
    get rules() {
      return rules;
    },
    get client() {
      return client;
    },
    servers,
    get stranger() {
      return stranger;
    },
    replaceRules: async () => {
      await rules.stop();
      await openRules();
    },
    tellWorkloads,
    hasFlow: async (wanted) => (await rules.flows(bed.options.subnet, 1_000)).some(wanted),
  };
}

/** The workload as the rules are told of it. */
export function localOf(
  agent: Agent,
  number: number,
  ports: LocalInstance["ports"] = [],
): LocalInstance {
  return {
    service: number === 2 ? "client" : "server",
    number,
    namespace: { v4: agent.v4, v6: agent.v6 },
    instance: instanceOf(number),
    tenant: number === 6 ? 2 : 1,
    ports,
  };
}

/** The service `server`, led to these. */
export function program(
  agents: readonly Agent[],
  more: Partial<ServiceProgram> = {},
): ServiceProgram {
  const namespaces = agents.map(({ v4, v6 }) => ({ v4, v6 }));
  return {
    name: "server",
    routes: [
      { address: RR.v4, targets: namespaces.map(({ v4 }) => v4) },
      { address: RR.v6, targets: namespaces.map(({ v6 }) => v6) },
    ],
    attached: namespaces.map((namespace) => ({
      instance: instanceOf(Number(namespace.v4.split(".")[3])),
      namespace,
    })),
    admits: [1],
    isExclusive: false,
    ...more,
  };
}
