import { type Doc, docFrom, textAt } from "./answers.ts";
import type { Api } from "./api.ts";
import { ApiError } from "./api-error.ts";
import { apiPath } from "./api-path.ts";
import { claimsOf } from "./token-age.ts";

/**
 * Whoever asks, as the root knows the account: `id` or `_id`, `name`, `roles`. Undefined where neither the root nor the token says.
 *
 * @throws ApiError
 */
export async function ownAccount(api: Api): Promise<Doc | undefined> {
  try {
    return docFrom(await api.call("GET", "/api/auth/me"), "the account");
  } catch (error) {
    const isOlder = error instanceof ApiError && [404, 405, 501].includes(error.status);
    if (!isOlder) throw error;
  }
  const { authorization = "" } = await api.session.headers();
  const name = textAt(claimsOf(authorization.replace(/^Bearer /, "")), "sub");
  if (name === undefined) return undefined;
  return docFrom(await api.call("GET", apiPath`/api/user/${name}`), "the user");
}
