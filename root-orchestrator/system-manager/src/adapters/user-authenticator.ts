import { type Authenticator, bearerToken } from "@oak/kit";
import { errors } from "../errors.ts";
import type { Accounts } from "../ports/accounts.ts";
import type { Tokens } from "../ports/tokens.ts";

export interface UserAuthenticatorDeps {
  tokens: Pick<Tokens, "read">;
  accounts: Pick<Accounts, "findUser">;
}

/**
 * Recognises users by their access token. A user who was deleted is nobody, however long the token is
 * still valid. To be asked last: whatever is no token of ours is refused here.
 * Throws token_expired (401) and token_malformed (422).
 */
export function createUserAuthenticator({
  tokens,
  accounts,
}: UserAuthenticatorDeps): Authenticator {
  return {
    authenticate: async (headers) => {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const read = await tokens.read(token, "access");
      if (!read.ok) {
        throw read.reason === "expired" ? errors.token_expired() : errors.token_malformed();
      }
      const { sub: name, roles, organization } = read.claims;
      if ((await accounts.findUser(name)) === undefined) return undefined;
      return { kind: "user", name, roles, organization };
    },
  };
}
