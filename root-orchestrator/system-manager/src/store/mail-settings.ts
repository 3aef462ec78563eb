import type { Db } from "mongodb";
import type { MailSettingsStore } from "../ports/mail.ts";
import { collectionsOf } from "./documents.ts";

const only = "mail";

export function createMailSettingsStore(db: () => Db): MailSettingsStore {
  const settings = () => collectionsOf(db()).settings;
  return {
    find: async () => {
      const found = await settings().findOne({ _id: only });
      if (found === null) return undefined;
      const { _id, ...kept } = found;
      return kept;
    },
    save: async (wanted) => {
      await settings().replaceOne({ _id: only }, wanted, { upsert: true });
    },
  };
}
