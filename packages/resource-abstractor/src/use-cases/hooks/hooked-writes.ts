import type { HookEvent } from "@oak/contracts";
import type { HookedShape } from "../../domain/hooks/hooked-shape.ts";
import type { AskHooks } from "./ask-hooks.ts";
import type { HookBook } from "./hook-book.ts";
import type { Teller } from "./tell-hooks.ts";

/** A write of one document of an entity. */
export interface HookedWrite<B, R> {
  entity: string;
  shape: HookedShape<B>;
  body: B;
  /** Makes the write of what hooks made of the body. */
  write(body: B): Promise<R>;
}

export interface HookedRemoval<R> {
  entity: string;
  id: string;
  /** The document, for those who are asked; undefined when nobody is to be asked. */
  read(): Promise<object | undefined>;
  write(): Promise<R>;
}

/** Writes, with what hooks have to say before them and are told after them. Without hooks it is the write alone. */
export interface HookedWrites {
  create<B extends object, R extends { _id: string }>(wanted: HookedWrite<B, R>): Promise<R>;
  update<B extends object, R>(wanted: HookedWrite<B, R> & { id: string }): Promise<R>;
  /** upstream: told as the one or the other, whichever it is. */
  upsert<B extends object, R extends { _id: string }>(
    wanted: HookedWrite<B, R> & { existing(): Promise<string | undefined> },
  ): Promise<R>;
  remove<R>(wanted: HookedRemoval<R>): Promise<R>;
  /** The first half of a removal: those who may object are asked now, the end is told when it is there. */
  retire<R>(wanted: HookedRemoval<R>): Promise<R>;
  /** Of what nobody is asked about. Updates happen all the time, and are told once in a while. */
  happened(entity: string, entityId: string, event: HookEvent): void;
  /** A sign of life of a candidate: `pre_update` hooks are asked too, later. */
  alive(entityId: string, fields: Record<string, unknown>): void;
}

export interface HookedWritesDeps {
  book: Pick<HookBook, "of">;
  ask: AskHooks;
  teller: Pick<Teller, "happened" | "askLater">;
}

/** What goes is shown to hooks, and cannot be changed. */
const nothingToRead: HookedShape<object> = { read: (data) => data, isProtected: () => true };

export function createHookedWrites({ book, ask, teller }: HookedWritesDeps): HookedWrites {
  const create: HookedWrites["create"] = async ({ entity, shape, body, write }) => {
    const wanted = isHeard(entity, "pre_create")
      ? await ask({ event: "pre_create", entity, body, shape })
      : body;
    const made = await write(wanted);
    teller.happened({ event: "post_create", entity, entityId: made._id });
    return made;
  };

  const update: HookedWrites["update"] = async ({ entity, id, shape, body, write }) => {
    const wanted = isHeard(entity, "pre_update")
      ? await ask({ event: "pre_update", entity, entityId: id, body, shape })
      : body;
    const made = await write(wanted);
    teller.happened({ event: "post_update", entity, entityId: id });
    return made;
  };

  const end = async <R>(wanted: HookedRemoval<R>, event: HookEvent): Promise<R> => {
    const { entity, id } = wanted;
    const body = isHeard(entity, "pre_delete") ? await wanted.read() : undefined;
    if (body !== undefined) {
      await ask({ event: "pre_delete", entity, entityId: id, body, shape: nothingToRead });
    }
    const made = await wanted.write();
    teller.happened({ event, entity, entityId: id });
    return made;
  };

  const isHeard = (entity: string, event: HookEvent): boolean => book.of(entity, event).length > 0;
  const upsertEvents: readonly HookEvent[] = [
    ...(["pre_create", "pre_update", "post_create", "post_update"] as const),
  ];

  return {
    create,
    update,
    upsert: async ({ existing, ...wanted }) => {
      if (!upsertEvents.some((event) => isHeard(wanted.entity, event))) {
        return wanted.write(wanted.body);
      }
      const id = await existing();
      return id === undefined ? create(wanted) : update({ ...wanted, id });
    },
    remove: (wanted) => end(wanted, "post_delete"),
    retire: (wanted) => end(wanted, "post_update"),
    happened: (entity, entityId, event) => {
      teller.happened({ event, entity, entityId, isFrequent: event === "post_update" });
    },
    alive: (entityId, fields) => {
      if (isHeard("resources", "pre_update")) {
        teller.askLater("resources", entityId, { ...fields, _id: entityId });
      }
      teller.happened({ event: "post_update", entity: "resources", entityId, isFrequent: true });
    },
  };
}
