import {
  API_TOKEN_PREFIX,
  type ApiTokenView,
  type ApiTokenWish,
  type Id,
  type NewApiToken,
} from "@oak/contracts";
import { type Clock, hashToken, newToken } from "@oak/kit";
import type { Caller } from "../../domain/caller.ts";
import { missingScopes } from "../../domain/scopes.ts";
import { errors } from "../../errors.ts";
import type { ApiToken, ApiTokens } from "../../ports/api-tokens.ts";

export interface OwnTokensDeps {
  apiTokens: Pick<ApiTokens, "list" | "create" | "remove">;
  newId: () => Id;
  clock: Pick<Clock, "nowMs">;
}

/** The API tokens of a user. */
export interface OwnTokens {
  list(caller: Caller): Promise<ApiTokenView[]>;
  /** @throws AppError api_token_exists, too_many_api_tokens, forbidden */
  create(wish: ApiTokenWish, caller: Caller): Promise<NewApiToken>;
  /** @throws AppError api_token_unknown */
  remove(id: string, caller: Caller): Promise<void>;
}

const mostTokens = 100;

export function createOwnTokens({ apiTokens, newId, clock }: OwnTokensDeps): OwnTokens {
  return {
    list: async (caller) => (await apiTokens.list(caller.id)).map(apiTokenView),
    create: async (wish, caller) => {
      const createdAt = Math.floor(clock.nowMs() / 1_000);
      const expiresAt = earlier(
        wish.expires_in_s === undefined ? null : createdAt + wish.expires_in_s,
        caller.apiToken?.expiresAt ?? null,
      );
      assertNotMore(wish, caller);
      if ((await apiTokens.list(caller.id)).length >= mostTokens) {
        throw errors.too_many_api_tokens(`A user has at most ${mostTokens} API tokens`);
      }
      const token = `${API_TOKEN_PREFIX}${newToken()}`;
      const stored: ApiToken = {
        id: newId(),
        userId: caller.id,
        userName: caller.name,
        organization: caller.organization,
        name: wish.name,
        tokenHash: hashToken(token),
        scopes: wish.scopes,
        createdAt,
        expiresAt,
        lastUsedAt: null,
      };
      if (!(await apiTokens.create(stored))) throw errors.api_token_exists();
      return { ...apiTokenView(stored), token };
    },
    remove: async (id, caller) => {
      if (!(await apiTokens.remove(id, caller.id))) throw errors.api_token_unknown();
    },
  };
}

/** A token that makes another one must not make it stronger than it is itself. */
function assertNotMore({ scopes }: ApiTokenWish, { apiToken }: Caller): void {
  const [missing] = apiToken === undefined ? [] : missingScopes(apiToken.scopes, scopes);
  if (missing !== undefined) throw errors.forbidden(`This API token has not the scope ${missing}`);
}

/** null is never. */
function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function apiTokenView(token: ApiToken): ApiTokenView {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    last_used_at: token.lastUsedAt,
  };
}
