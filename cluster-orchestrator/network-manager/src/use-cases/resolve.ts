import type { TableService } from "@oak/contracts";
import { parseAddress } from "@oak/core";
import type { ServiceBook } from "../domain/service-book.ts";
import type { RootNetwork, ServiceRecord } from "../ports.ts";

export interface ResolveDeps {
  services: ServiceBook;
  root: Pick<RootNetwork, "find">;
}

/** By name unless an address is given, as workers ask. */
export interface Question {
  sname: string;
  sip: string;
}

/**
 * What the root tells of a service: from memory, else from the root. Undefined when there is none.
 * Rejects when it is not known here and the root is away.
 */
export type Resolve = (question: Question) => Promise<TableService | undefined>;

export function createResolve({ services, root }: ResolveDeps): Resolve {
  /** Questions to the root that are open: who asks the same waits for the same answer. */
  const open = new Map<string, Promise<TableService | undefined>>();

  const ask = async ({ sname, sip }: Question): Promise<TableService | undefined> => {
    const service = await root.find(sip === "" ? { name: sname } : { ip: sip });
    if (service !== undefined) await services.learn(service);
    return service;
  };
  return async (question) => {
    const { sname, sip } = question;
    if (sip !== "" && parseAddress(sip) === undefined) return undefined;
    const known = sip === "" ? services.named(sname) : services.withAddress(sip);
    if (isWhole(known)) return known.service;
    const key = `${sname} ${sip}`;
    const asked = open.get(key);
    if (asked !== undefined) return asked;
    const asking = ask(question).finally(() => open.delete(key));
    open.set(key, asking);
    return asking;
  };
}

function isWhole(
  record: ServiceRecord | undefined,
): record is ServiceRecord & { service: TableService } {
  return record !== undefined && record.service !== null;
}
