import type { EventView } from "@oak/contracts";
import type { Caller } from "../caller.ts";

/** An event as it is kept: what is shown, and whose it is. */
export interface StoredEvent extends EventView {
  owner?: string;
  owner_id?: string;
  organization_id?: string;
}

/** One field must have one of these values; null stands for an absent one. */
export interface Condition {
  field: keyof StoredEvent;
  oneOf: readonly (string | number | null)[];
}

/** Which events: all of `all` must hold, and, where it is given, one of the lists of `any`. */
export interface EventQuery {
  all: readonly Condition[];
  any?: readonly (readonly Condition[])[];
}

/** What a request asks for; parsed, so that nothing but texts and numbers gets here. */
export interface EventFilter {
  application?: string | undefined;
  service?: string | undefined;
  instance?: number | undefined;
  cluster?: string | undefined;
  node?: string | undefined;
  type?: readonly string[] | undefined;
  level?: string | undefined;
  reason?: readonly string[] | undefined;
  actor?: string | undefined;
}

const isId = (text: string): boolean => /^[0-9a-f]{24}$/.test(text);

/** The events that a filter names, among those that the caller may see. */
export function eventQuery(filter: EventFilter, caller: Caller): EventQuery {
  const { application, service, instance, cluster, node, type, level, reason, actor } = filter;
  const visible = visibleTo(caller);
  return {
    ...visible,
    all: [
      ...visible.all,
      ...named("application", application),
      ...named("service", service),
      ...oneOf("instance_number", instance),
      ...named("cluster", cluster),
      ...named("node", node),
      ...oneOf("type", ...(type ?? [])),
      ...oneOf("level", level),
      ...oneOf("reason", ...(reason ?? [])),
      ...oneOf("actor", actor),
    ],
  };
}

function named(what: "application" | "service" | "cluster" | "node", text: string | undefined) {
  return text === undefined
    ? []
    : [{ field: isId(text) ? (`${what}_id` as const) : (`${what}_name` as const), oneOf: [text] }];
}

function oneOf(field: keyof StoredEvent, ...values: (string | number | undefined)[]): Condition[] {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? [] : [{ field, oneOf: given }];
}

/**
 * Administrators see everything, everybody what is about the own applications, and whoever provides infrastructure
 * clusters and nodes as well.
 */
function visibleTo(caller: Caller): EventQuery {
  if (caller.isAdmin) return { all: [] };
  const own = ownedBy(caller);
  if (!caller.roles.includes("Infrastructure_Provider")) return { all: own };
  return { all: [], any: [own, [{ field: "type", oneOf: ["cluster", "node"] }]] };
}

/** As `isOwn` of documents has it. */
function ownedBy({ id, name, organization, isShared }: Caller): Condition[] {
  if (isShared) return [{ field: "organization_id", oneOf: [organization] }];
  return [
    { field: "owner", oneOf: [name] },
    { field: "owner_id", oneOf: [null, id] },
    { field: "organization_id", oneOf: [null, organization] },
  ];
}

export function matchesQuery({ all, any }: EventQuery, event: StoredEvent): boolean {
  const holds = ({ field, oneOf: values }: Condition): boolean =>
    values.some((value) => value === (event[field] ?? null));
  return all.every(holds) && (any === undefined || any.some((list) => list.every(holds)));
}

/** Without what only says whose it is. */
export function eventView(event: StoredEvent): EventView {
  const { owner: _owner, owner_id: _id, organization_id: _organization, ...shown } = event;
  return shown;
}
