import { PORT_LIST_PATTERN, type PortMapping, parsePortList } from "@oak/contracts";
import { addressFaults } from "./address-faults.ts";
import { type SlaFault, type SlaPath, slaFault } from "./sla-fault.ts";

/** What decides besides the document itself. */
export interface SlaContext {
  /** `privileged` gives a workload the host; only administrators may ask for it. */
  mayUsePrivileged: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the schema cannot say. Works on the raw document, so that one mistyped field does not hide the
 * faults of the others; whatever has the wrong type is left to the schema.
 */
export function ruleFaults(document: unknown, context: SlaContext): SlaFault[] {
  const applications = entriesAt(document, "applications");
  return [
    ...duplicates(applications, "application"),
    ...applications.flatMap(({ fields, path }) => {
      const services = entriesAt(fields, "microservices", path);
      return [
        ...keyFaults(fields, path),
        ...duplicates(services, "microservice"),
        ...services.flatMap((service) => serviceFaults(service, context)),
      ];
    }),
  ];
}

/** Unknown keys become fields of a stored document, where a dot would mean a field inside another. */
function keyFaults(fields: Fields, path: SlaPath): SlaFault[] {
  return Object.entries(fields)
    .filter(([key]) => key === "" || key.includes("."))
    .map(([key, value]) =>
      slaFault([...path, key], value, {
        message: "cannot be stored under this key",
        allowed: "a key that has characters, none of them a dot",
      }),
    );
}

interface Entry {
  fields: Fields;
  path: SlaPath;
}

function entriesAt(parent: unknown, key: string, path: SlaPath = []): Entry[] {
  const list = isFields(parent) ? parent[key] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((fields: unknown, index) =>
    isFields(fields) ? [{ fields, path: [...path, key, index] }] : [],
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names become DNS names, which know no case. */
function duplicates(entries: readonly Entry[], kind: "application" | "microservice"): SlaFault[] {
  const seen = new Set<string>();
  return entries.flatMap(({ fields, path }) => {
    const name = fields[`${kind}_name`];
    const namespace = fields[`${kind}_namespace`];
    if (typeof name !== "string" || typeof namespace !== "string") return [];
    const key = `${name}.${namespace}`.toLowerCase();
    if (seen.has(key)) {
      const message = `another ${kind} has this name and namespace (case does not count)`;
      return [slaFault([...path, `${kind}_name`], name, { message, allowed: "a name of its own" })];
    }
    seen.add(key);
    return [];
  });
}

function serviceFaults({ fields, path }: Entry, context: SlaContext): SlaFault[] {
  return [
    ...keyFaults(fields, path),
    ...portFaults(fields["port"], [...path, "port"]),
    ...addressFaults(fields["addresses"], [...path, "addresses"]),
    ...privilegedFaults(fields["privileged"], [...path, "privileged"], context),
    ...unikernelFaults(fields, path),
  ];
}

function portFaults(list: unknown, path: SlaPath): SlaFault[] {
  if (typeof list !== "string" || !PORT_LIST_PATTERN.test(list)) return [];
  const allowed = "ports from 1 to 65535, or 0 as host port for any";
  const faults: SlaFault[] = [];
  const claimed = new Set<string>();
  for (const part of list.split(/[;,]/).filter((text) => text.trim() !== "")) {
    const mapping = readMapping(part);
    if (mapping === undefined) {
      faults.push(slaFault(path, part.trim(), { message: "a port is out of range", allowed }));
    } else if (mapping.host !== 0) {
      const claim = `${mapping.host}/${mapping.protocol}`;
      if (claimed.has(claim)) {
        const message = `host port ${claim} is published twice`;
        faults.push(slaFault(path, list, { message, allowed: "each host port once" }));
      }
      claimed.add(claim);
    }
  }
  return faults;
}

function readMapping(part: string): PortMapping | undefined {
  try {
    return parsePortList(part)[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function privilegedFaults(value: unknown, path: SlaPath, context: SlaContext): SlaFault[] {
  if (value !== true || context.mayUsePrivileged) return [];
  const message = "only an administrator may deploy privileged services";
  return [slaFault(path, value, { message, allowed: "false" })];
}

/** A unikernel is an image per architecture: the n-th URL of `code` is for the n-th entry of `arch`. */
function unikernelFaults({ virtualization, arch, code }: Fields, path: SlaPath): SlaFault[] {
  if (virtualization !== "unikernel") return [];
  const archPath = [...path, "arch"];
  if (arch === undefined || (Array.isArray(arch) && arch.length === 0)) {
    const message = "is required when virtualization is unikernel";
    return [slaFault(archPath, arch, { message, allowed: "a list of GOARCH names" })];
  }
  if (!Array.isArray(arch) || typeof code !== "string") return [];
  const urls = code.split(",").length;
  if (urls === arch.length) return [];
  const message = `has ${arch.length} entries for ${urls} image URLs in code`;
  return [slaFault(archPath, arch, { message, allowed: "one entry for each URL in code" })];
}
