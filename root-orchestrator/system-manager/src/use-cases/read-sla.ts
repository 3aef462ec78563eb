import type { Sla } from "@oak/contracts";
import { parseSla } from "@oak/core";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";

/**
 * Reads the body of a request as an SLA.
 * @param prefix of the pointers to what the caller has sent, when it was put into an SLA here
 * @throws AppError sla_invalid with every fault
 */
export function readSla(body: unknown, caller: Caller, prefix = ""): Sla {
  const parsed = parseSla(body, { mayUsePrivileged: caller.isAdmin });
  if (parsed.ok) return parsed.sla;
  const faults = parsed.faults.map((fault) =>
    fault.pointer.startsWith(prefix)
      ? { ...fault, pointer: fault.pointer.slice(prefix.length) }
      : fault,
  );
  const [first] = faults;
  const place = first?.pointer === "" ? "the document" : first?.pointer;
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  throw errors.sla_invalid({
    // Clients show this one sentence and nothing else.
    detail: `${place}: ${first?.message}, found ${first?.found}${rest}`,
    faults,
  });
}
