import { type Doc, docAt, idAt, numberAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import { type FieldChange, fieldChanges } from "../../changes/field-changes.ts";

/** A revision, and how it differs from the one before; undefined when that is not kept any more. */
export interface Revision {
  doc: Doc;
  number: number;
  changes: FieldChange[] | undefined;
}

/** The newest first. */
export async function revisionsOf(api: Api, service: Doc): Promise<Revision[]> {
  const id = idAt(service, "microserviceID");
  const docs = await api.list(apiPath`/api/service/${id}/revisions`);
  return docs
    .toSorted((one, other) => numberOf(other) - numberOf(one))
    .map((doc, at, all) => {
      const before = all[at + 1];
      const changes = before && fieldChanges(specOf(before), specOf(doc));
      return { doc, number: numberOf(doc), changes };
    });
}

export function specOf(revision: Doc): Doc {
  return docAt(revision, "spec") ?? {};
}

function numberOf(revision: Doc): number {
  return numberAt(revision, "revision") ?? 0;
}
