import type { Sla } from "@oak/contracts";
import { readSchema } from "./schema-faults.ts";
import type { SlaFault } from "./sla-fault.ts";
import { ruleFaults, type SlaContext } from "./sla-rules.ts";
import { unsafeParts } from "./unsafe-parts.ts";

export type ParsedSla = { ok: true; sla: Sla } | { ok: false; faults: SlaFault[] };

/** One hostile list can hold thousands of faults; nobody reads more than these. */
const mostFaults = 100;

/** Reads a deployment descriptor and lists everything that is wrong with it, not only the first fault. */
export function parseSla(document: unknown, context: SlaContext): ParsedSla {
  const { sla, faults: schemaFaults } = readSchema(document);
  const faults = [...unsafeParts(document), ...schemaFaults, ...ruleFaults(document, context)];
  if (sla !== undefined && faults.length === 0) return { ok: true, sla };
  return { ok: false, faults: faults.slice(0, mostFaults) };
}
