import type { ClusterEvent, ClusterTold, Instance, InstanceKey, Liveness } from "@oak/contracts";
import type { EventReason } from "@oak/core";
import type { InstanceBook } from "@oak/tier";
import type { Roster } from "./worker-roster.ts";

export interface RootTellerDeps {
  nowMs(): number;
  /** Undefined: not known yet. */
  nameOf: ((workerId: string) => string | undefined) | undefined;
}

/**
 * What has happened here, kept until the root has taken it. Bounded: while the root is away for long the oldest go, and
 * their number is told. Nothing that is decided depends on it.
 */
export interface RootTeller {
  /** To be watched once what is stored has been read. */
  watchBook(book: InstanceBook): void;
  /** The same roster, whose changes are told; who registers may give a name. */
  watching(roster: Roster): Roster;
  /** What the next report has to carry, if anything. */
  take(): ClusterTold | undefined;
  /** The root has what was taken. */
  acknowledged(told: ClusterTold | undefined): void;
  onWork(listener: () => void): void;
}

const keptAtMost = 500;
/** A report is not to become much larger by what happened. */
const toldAtOnce = 100;
const longestMessage = 500;

export function createRootTeller({ nowMs, nameOf }: RootTellerDeps): RootTeller {
  const series = String(nowMs());
  const names = new Map<string, string>();
  const listeners: (() => void)[] = [];
  let events: ClusterEvent[] = [];
  let lost = 0;
  let last = 0;

  const nameOrId = (id: string): string => nameOf?.(id) ?? names.get(id) ?? id;
  const record = (reason: EventReason, message: string, about: Partial<ClusterEvent>): void => {
    last += 1;
    const text = message.slice(0, longestMessage);
    events.push({ n: last, at: nowMs() / 1_000, reason, message: text, ...about });
    if (events.length > keptAtMost) {
      events.shift();
      lost += 1;
    }
    for (const listener of listeners) listener();
  };
  const tellOfNode = (id: string, reason: EventReason, sentence: string): void => {
    const node_name = nameOrId(id);
    record(reason, `Node ${node_name} ${sentence}`, { node_id: id, node_name });
  };

  return {
    watchBook: (book) => {
      book.onChange((_key: InstanceKey, before, after) => {
        const change = placementChange(before, after);
        if (change === undefined || after === undefined) return;
        const { job_id, instance_number } = after;
        const node_name = nameOrId(change.worker);
        const about = { job_id, instance_number, node_id: change.worker, node_name };
        record(change.reason, change.sentence.replace("{node}", node_name), about);
      });
    },
    watching: (roster) => ({
      ...roster,
      registered: ({
        name,
        ...worker
      }: Parameters<Roster["registered"]>[0] & { name?: string }) => {
        if (name !== undefined) names.set(worker.id, name);
        const before = roster.get(worker.id);
        roster.registered(worker);
        if (before === undefined) tellOfNode(worker.id, "node_joined", "has joined");
        else if (wasAway(before.liveness)) tellOfNode(worker.id, "node_back", "is back");
      },
      setLiveness: async (id, liveness) => {
        const before = roster.get(id)?.liveness;
        await roster.setLiveness(id, liveness);
        if (before === liveness || before === undefined) return;
        if (liveness === "lost")
          tellOfNode(id, "node_silent", "is silent: what it ran goes elsewhere");
        else if (liveness === "left") tellOfNode(id, "node_left", "has said goodbye");
        else if (liveness === "alive" && wasAway(before))
          tellOfNode(id, "node_back", "is heard of again");
      },
      remove: (id) => {
        const isKnown = roster.get(id) !== undefined;
        roster.remove(id);
        if (isKnown) tellOfNode(id, "node_removed", "was taken out");
        names.delete(id);
      },
    }),
    take: () =>
      events.length === 0 ? undefined : { series, lost, list: events.slice(0, toldAtOnce) },
    acknowledged: (told) => {
      if (told === undefined) return;
      const upTo = told.list.at(-1)?.n ?? 0;
      events = events.filter(({ n }) => n > upTo);
      lost = Math.max(0, lost - told.lost);
      if (events.length > 0) for (const listener of listeners) listener();
    },
    onWork: (listener) => {
      listeners.push(listener);
    },
  };
}

/** An agent that only lost its connection was not told to be away. */
function wasAway(liveness: Liveness): boolean {
  return liveness === "lost" || liveness === "left";
}

interface PlacementChange {
  reason: EventReason;
  /** follows the name of the instance */
  sentence: string;
  worker: string;
}

/** What this cluster has decided about an instance; what its worker says of it the root hears anyway. */
export function placementChange(
  before: Instance | undefined,
  after: Instance | undefined,
): PlacementChange | undefined {
  if (after?.phase === "assigned") return placed(before, after);
  return after?.phase === "unplaced" ? givenUp(before?.child ?? null, after.reason) : undefined;
}

/** The end of a move shows in what the root is told of the instance. */
function placed(before: Instance | undefined, after: Instance): PlacementChange | undefined {
  const { child: worker, reason } = after;
  const isKnown = before?.child === worker || before?.move?.child === worker;
  if (worker === null || isKnown) return undefined;
  return reason === "adopted"
    ? { reason: "adopted", sentence: "goes on on node {node}, where it was found", worker }
    : { reason: "placed_on_node", sentence: "was placed on node {node}", worker };
}

const whyGivenUp: Partial<Record<string, string>> = {
  child_lost: "fell silent",
  child_removed: "was taken out",
};

function givenUp(worker: string | null, reason: string): PlacementChange | undefined {
  const why = whyGivenUp[reason];
  if (worker === null || why === undefined) return undefined;
  const sentence = `is placed elsewhere, since node {node} ${why}`;
  return { reason: "node_given_up", sentence, worker };
}
