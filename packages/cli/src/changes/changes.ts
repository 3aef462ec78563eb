import { type Doc, docFrom, docsAt, textAt } from "../api/answers.ts";

/** What a document changes, as diff, apply and dry runs answer it. */
export interface Changes {
  /** Exactly as it was answered. */
  answer: Doc;
  applications: readonly Doc[];
  warnings: readonly Doc[];
}

/** @throws CliError when the root answered something else */
export function changesFrom(answer: unknown): Changes {
  const doc = docFrom(answer, "the changes");
  return {
    answer: doc,
    applications: docsAt(doc, "applications"),
    warnings: docsAt(doc, "warnings"),
  };
}

export function servicesIn({ applications }: Changes): Doc[] {
  return applications.flatMap((one) => docsAt(one, "services"));
}

export function changeOf(doc: Doc): string {
  return textAt(doc, "change") ?? "none";
}

/** Whether the document says anything else than what is stored. */
export function hasChanges(changes: Changes): boolean {
  return [...changes.applications, ...servicesIn(changes)].some((one) => changeOf(one) !== "none");
}

const verbs: readonly (readonly [change: string, verb: string])[] = [
  ["create", "created"],
  ["update", "updated"],
  ["delete", "deleted"],
];

/** `2 services created, 1 deleted`; for services alone, since an application is what its services are. */
export function countsOf(changes: Changes): string {
  const services = servicesIn(changes);
  const counts = verbs.flatMap(([change, verb]) => {
    const count = services.filter((one) => changeOf(one) === change).length;
    return count === 0 ? [] : [{ count, verb }];
  });
  return counts
    .map(({ count, verb }, at) => {
      const noun = count === 1 ? "service" : "services";
      return at === 0 ? `${count} ${noun} ${verb}` : `${count} ${verb}`;
    })
    .join(", ");
}
