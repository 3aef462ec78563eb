import type { Id } from "@oak/contracts";
import { createKeyedQueue } from "../domain/keyed-queue.ts";
import { errors } from "../errors.ts";
import type { Changed } from "../ports/applications.ts";

/** What an editor needs of a store. */
export interface EditableStore<Document, Patch> {
  find(id: Id): Promise<Document | undefined>;
  /** see `JobStore.recall` */
  recall?(id: Id): Document | undefined;
  patch(id: Id, patch: Patch, ifVersion: number): Promise<Changed<Document>>;
}

/** Changes documents so that no writer overwrites what another one wrote meanwhile. */
export interface Editor<Document, Patch> {
  /**
   * Reads, lets `change` decide, and writes if nobody wrote in between; otherwise again. `change` may
   * run several times, throws to refuse, and answers undefined when there is nothing to write.
   * @returns the document as it is then, undefined when it does not exist
   * @throws AppError application_exists, changed_meanwhile
   */
  edit(id: Id, change: (current: Document) => Patch | undefined): Promise<Document | undefined>;
}

/** Only other replicas of this service can be in the way, and those take turns as well. */
const mostTries = 20;

export function createEditor<Document extends { rev: number }, Patch>(
  store: EditableStore<Document, Patch>,
): Editor<Document, Patch> {
  // Requests of this process wait for each other, or the last of many would need as many tries.
  const queue = createKeyedQueue();

  /**
   * Spares the reading while what is remembered is still what is stored. Only success counts: to refuse, or to
   * find nothing to do, is decided on what is stored.
   */
  const editRemembered = async (
    id: Id,
    change: (current: Document) => Patch | undefined,
  ): Promise<Document | undefined> => {
    const remembered = store.recall?.(id);
    if (remembered === undefined) return undefined;
    const patch = unlessRefused(() => change(remembered));
    if (patch === undefined) return undefined;
    const changed = await store.patch(id, patch, remembered.rev);
    return changed.ok ? changed.value : undefined;
  };

  const editOnce = async (
    id: Id,
    change: (current: Document) => Patch | undefined,
  ): Promise<Changed<Document>> => {
    const current = await store.find(id);
    if (current === undefined) return { ok: false, reason: "gone" };
    const patch = change(current);
    return patch === undefined ? { ok: true, value: current } : store.patch(id, patch, current.rev);
  };

  const editStored = async (
    id: Id,
    change: (current: Document) => Patch | undefined,
  ): Promise<Document | undefined> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const changed = await editOnce(id, change);
      if (changed.ok) return changed.value;
      if (changed.reason === "gone") return undefined;
      if (changed.reason === "name_taken") throw errors.application_exists();
    }
    throw errors.changed_meanwhile("Many others change this at the moment; try again");
  };

  return {
    edit: (id, change) =>
      queue.run(id, async () => (await editRemembered(id, change)) ?? editStored(id, change)),
  };
}

function unlessRefused<T>(decide: () => T): T | undefined {
  try {
    return decide();
  } catch {
    return undefined;
  }
}
