import { type Doc, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { type Candidate, pick } from "../../resolve/pick.ts";

export const organizationsPath = "/api/organization";

/** An organization by its id or its name. @throws CliError */
export async function findOrganization(api: Api, word: string): Promise<Doc> {
  const all = await api.list(organizationsPath);
  return pick("organization", word, all.map(organizationCandidate));
}

export function organizationCandidate(item: Doc): Candidate<Doc> {
  return { item, id: idAt(item), names: [organizationNameOf(item)] };
}

export function organizationNameOf(organization: Doc): string {
  return textAt(organization, "name") ?? "";
}
