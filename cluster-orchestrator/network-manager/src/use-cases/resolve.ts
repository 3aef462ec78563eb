import type { TableService } from "@oak/contracts";
import { parseAddress } from "@oak/core";
import type { ServiceBook } from "../domain/service-book.ts";
import type { RootNetwork } from "../ports.ts";

export interface ResolverDeps {
  services: ServiceBook;
  root: Pick<RootNetwork, "find">;
}

/** By name unless an address is given, as workers ask. */
export interface Question {
  sname: string;
  sip: string;
}

/** From memory, else from the root. Undefined when there is none. Rejects when the root is asked and away. */
export type Resolve = (question: Question) => Promise<TableService | undefined>;

/** Finds out what the root tells of services. */
export interface Resolver {
  resolve: Resolve;
  /** Whether the root has to be asked. */
  isOpen(question: Question): boolean;
  /** The root has told of a service by itself: an answer that is on its way may be older than that. */
  overtake(jobName: string): void;
}

interface Asked {
  answer: Promise<TableService | undefined>;
  /** Services that the root told of since the question was sent. */
  overtakenBy: Set<string>;
}

export function createResolver({ services, root }: ResolverDeps): Resolver {
  /** Questions to the root that are open: who asks the same waits for the same answer. */
  const open = new Map<string, Asked>();

  const ask = async ({ sname, sip }: Question, overtakenBy: Set<string>) => {
    for (;;) {
      const service = await root.find(sip === "" ? { name: sname } : { ip: sip });
      if (service === undefined) return undefined;
      if (!overtakenBy.delete(service.job_name)) {
        await services.learn(service);
        return service;
      }
      const told = services.named(service.job_name)?.service;
      if (told) return told;
    }
  };
  const known = ({ sname, sip }: Question): TableService | undefined => {
    const record = sip === "" ? services.named(sname) : services.withAddress(sip);
    return record?.service ?? undefined;
  };
  const isNothing = ({ sip }: Question): boolean => sip !== "" && parseAddress(sip) === undefined;

  return {
    resolve: async (question) => {
      if (isNothing(question)) return undefined;
      const service = known(question);
      if (service !== undefined) return service;
      const key = `${question.sname} ${question.sip}`;
      const asked = open.get(key);
      if (asked !== undefined) return asked.answer;
      const overtakenBy = new Set<string>();
      const answer = ask(question, overtakenBy).finally(() => open.delete(key));
      open.set(key, { answer, overtakenBy });
      return answer;
    },
    isOpen: (question) => !isNothing(question) && known(question) === undefined,
    overtake: (jobName) => {
      for (const { overtakenBy } of open.values()) overtakenBy.add(jobName);
    },
  };
}
