import { expect, test } from "vitest";
import { createEditor, type EditableStore } from "./editor.ts";

interface Note {
  rev: number;
  members: number[];
}

interface NoteStore extends EditableStore<Note, { members: number[] }> {
  stored: Note;
  reads: number;
}

/** A store of one document that counts how often it is read. */
function aStore(stored: Note, remembered?: Note): NoteStore {
  const store: NoteStore = {
    stored,
    reads: 0,
    find: async () => {
      store.reads += 1;
      return store.stored;
    },
    recall: () => remembered,
    patch: async (_id, { members }, ifVersion) => {
      if (store.stored.rev !== ifVersion) return { ok: false, reason: "conflict" };
      store.stored = { rev: ifVersion + 1, members };
      return { ok: true, value: store.stored };
    },
  };
  return store;
}

const add =
  (member: number) =>
  ({ members }: Note) => ({ members: [...members, member] });

test("what is remembered is changed without being read", async () => {
  const store = aStore({ rev: 1, members: [] }, { rev: 1, members: [] });
  expect(await createEditor(store).edit("id", add(7))).toEqual({ rev: 2, members: [7] });
  expect(store.reads).toBe(0);
});

test("what others have changed since is read, and not overwritten", async () => {
  const store = aStore({ rev: 5, members: [1] }, { rev: 3, members: [] });
  expect(await createEditor(store).edit("id", add(7))).toEqual({ rev: 6, members: [1, 7] });
  expect(store.reads).toBe(1);
});

test("a refusal is decided on what is stored", async () => {
  const remembered = { rev: 1, members: [1, 2] };
  const refuseTwo = ({ members }: Note) => {
    if (members.length >= 2) throw new Error("too many");
    return { members: [...members, 7] };
  };
  const store = aStore({ rev: 4, members: [] }, remembered);
  expect(await createEditor(store).edit("id", refuseTwo)).toMatchObject({ members: [7] });
  const full = aStore({ rev: 4, members: [1, 2] }, remembered);
  await expect(createEditor(full).edit("id", refuseTwo)).rejects.toThrow("too many");
});

test("that there is nothing to do is decided on what is stored", async () => {
  const store = aStore({ rev: 4, members: [1] }, { rev: 1, members: [] });
  const clear = ({ members }: Note) => (members.length === 0 ? undefined : { members: [] });
  expect(await createEditor(store).edit("id", clear)).toEqual({ rev: 5, members: [] });
});

test("changes of one document that come at once all happen", async () => {
  const store = aStore({ rev: 1, members: [] });
  const editor = createEditor({ ...store, recall: () => store.stored });
  await Promise.all([1, 2, 3].map((member) => editor.edit("id", add(member))));
  expect(store.stored).toEqual({ rev: 4, members: [1, 2, 3] });
});
