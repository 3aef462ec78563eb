import { type Doc, docFrom, idAt, textAt, textsAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { ApiError } from "../../api/api-error.ts";
import { apiPath } from "../../api/api-path.ts";
import { claimsOf } from "../../api/token-age.ts";
import { type Candidate, pick } from "../../resolve/pick.ts";

/** Everybody that the caller may see: administrators see all, who manages an organization its members. @throws ApiError */
export async function allUsers(api: Api, limit?: number): Promise<Doc[]> {
  try {
    return await api.list("/api/users", { limit });
  } catch (error) {
    const own = await ownClaims(api);
    const organization = textAt(own, "organization");
    const isForbidden = error instanceof ApiError && error.status === 403;
    if (!isForbidden || organization === undefined) throw error;
    return api.list(apiPath`/api/users/${organization}`, { limit });
  }
}

/** A user by name or id; the own account needs no role. @throws CliError */
export async function findUser(api: Api, word: string): Promise<Doc> {
  const path = apiPath`/api/user/${word}`;
  if (word === textAt(await ownClaims(api), "sub")) {
    return docFrom(await api.call("GET", path), "the user");
  }
  return pick("user", word, (await allUsers(api)).map(userCandidate));
}

export function userCandidate(item: Doc): Candidate<Doc> {
  return { item, id: idAt(item), names: [userNameOf(item)] };
}

export function userNameOf(user: Doc): string {
  return textAt(user, "name") ?? "";
}

export function rolesOf(user: Doc): string {
  return textsAt(user, "roles").join(", ");
}

/** Of the token that is used; empty for tokens that do not say whose they are. */
export async function ownClaims(api: Api): Promise<Doc> {
  const { authorization = "" } = await api.session.headers();
  return claimsOf(authorization.replace(/^Bearer /, ""));
}
