import type { AccessTerms } from "@oak/contracts";

/**
 * Whose workload it is. Both are absent until the cluster has told them, and with older clusters: by the name of a
 * service alone it could be anybody's.
 */
export interface Tenant {
  owner?: string;
  /** As `accept_from` names it. */
  application?: string;
}

/** Whether a service with these terms lets a client in. Without terms everybody is let in. */
export function isAdmitted(client: Tenant, terms: AccessTerms | undefined): boolean {
  if (terms === undefined) return true;
  if (client.owner === terms.owner) return true;
  return terms.accept_from.some((name) => name === "*" || name === client.application);
}

/** Numbers for the tenants of this worker. A number is given again when its tenant has nothing here any more. */
export interface TenantNumbers {
  /** The tenant's number, a new one if it has none. */
  numberOf(tenant: Tenant): number;
  /** Takes the numbers of all other tenants back; answers whether there were any. */
  keepOnly(tenants: readonly Tenant[]): boolean;
  /** Numbers of those that may connect. */
  admittedBy(terms: AccessTerms | undefined): number[];
  /** Changes when another number is in use or none any more. */
  revision(): number;
}

export function createTenantNumbers(): TenantNumbers {
  const numbers = new Map<string, { number: number; tenant: Tenant }>();
  let revision = 0;

  const lowestFree = (): number => {
    const used = new Set([...numbers.values()].map(({ number }) => number));
    let number = 1;
    while (used.has(number)) number += 1;
    return number;
  };

  return {
    numberOf: (tenant) => {
      const known = numbers.get(keyOf(tenant));
      if (known !== undefined) return known.number;
      const number = lowestFree();
      numbers.set(keyOf(tenant), { number, tenant });
      revision += 1;
      return number;
    },
    keepOnly: (tenants) => {
      const kept = new Set(tenants.map(keyOf));
      const gone = [...numbers.keys()].filter((key) => !kept.has(key));
      for (const key of gone) numbers.delete(key);
      if (gone.length > 0) revision += 1;
      return gone.length > 0;
    },
    admittedBy: (terms) =>
      [...numbers.values()]
        .filter(({ tenant }) => isAdmitted(tenant, terms))
        .map(({ number }) => number)
        .toSorted((a, b) => a - b),
    revision: () => revision,
  };
}

function keyOf({ owner, application }: Tenant): string {
  return JSON.stringify([owner, application]);
}
