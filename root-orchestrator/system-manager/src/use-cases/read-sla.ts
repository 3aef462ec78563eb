import type { Sla } from "@oak/contracts";
import { parseSla } from "@oak/core";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";

/**
 * Reads the body of a request as an SLA.
 * @throws AppError sla_invalid with every fault
 */
export function readSla(body: unknown, caller: Caller): Sla {
  const parsed = parseSla(body, { mayUsePrivileged: caller.isAdmin });
  if (parsed.ok) return parsed.sla;
  const { faults } = parsed;
  const [first] = faults;
  const place = first?.pointer === "" ? "the document" : first?.pointer;
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  throw errors.sla_invalid({
    // Clients show this one sentence and nothing else.
    detail: `${place}: ${first?.message}, found ${first?.found}${rest}`,
    faults,
  });
}
