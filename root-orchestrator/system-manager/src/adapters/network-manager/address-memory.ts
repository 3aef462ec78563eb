import type { GivenAddresses, Id } from "@oak/contracts";
import type { AddressedService } from "../../ports/network.ts";

export interface AddressMemoryDeps {
  monotonicMs(): number;
  /** What the network-manager says of at most `mostAsked` services. */
  ask(jobIds: readonly Id[]): Promise<readonly GivenAddresses[]>;
  mostAsked: number;
  onAway(error: unknown): void;
}

export interface AddressMemory {
  /** Never rejects: what cannot be asked is left out. */
  of(services: readonly AddressedService[]): Promise<ReadonlyMap<Id, GivenAddresses>>;
}

/** Addresses stay for as long as their holder lives; only another database of the network-manager would change them. */
const rememberMs = 60_000;
/** After it did not answer. */
const pauseMs = 2_000;
const mostRemembered = 20_000;

interface Remembered {
  given: GivenAddresses;
  untilMs: number;
}

/** Spares the question for what was asked a moment ago and cannot have changed. */
export function createAddressMemory(deps: AddressMemoryDeps): AddressMemory {
  const remembered = new Map<Id, Remembered>();
  let awayUntilMs = Number.NEGATIVE_INFINITY;

  const isKnown = ({ _id, instance_list: instances }: AddressedService): boolean => {
    const known = remembered.get(_id);
    if (known === undefined || known.untilMs <= deps.monotonicMs()) return false;
    if (known.given.service_ip_list.length === 0) return false;
    if (instances.length === 0) return true;
    const numbers = new Set(known.given.instance_list.map((one) => one.instance_number));
    return instances.every((one) => numbers.has(one.instance_number));
  };
  const learn = async (ids: readonly Id[]): Promise<void> => {
    for (const given of await deps.ask(ids)) {
      remembered.delete(given.job_id);
      remembered.set(given.job_id, { given, untilMs: deps.monotonicMs() + rememberMs });
    }
  };
  const forgetOldest = (): void => {
    for (const id of remembered.keys()) {
      if (remembered.size <= mostRemembered) return;
      remembered.delete(id);
    }
  };

  return {
    of: async (services) => {
      const unknown = services.filter((service) => !isKnown(service)).map(({ _id }) => _id);
      try {
        for (let from = 0; from < unknown.length; from += deps.mostAsked) {
          if (deps.monotonicMs() < awayUntilMs) break;
          await learn(unknown.slice(from, from + deps.mostAsked));
        }
      } catch (error) {
        awayUntilMs = deps.monotonicMs() + pauseMs;
        deps.onAway(error);
      }
      const entries = services.flatMap(({ _id }) => {
        const known = remembered.get(_id);
        return known === undefined ? [] : [[_id, known.given] as const];
      });
      forgetOldest();
      return new Map(entries);
    },
  };
}
