/** What the answer to a request has changed about accounts and what belongs to them; `:name` stands for a part of the path. */
interface Act {
  /** follows the name of the one who did it */
  sentence(named: (key: string) => string): string;
}

const act = (sentence: Act["sentence"]): Act => ({ sentence });

/**
 * Requests that leave a trace for administrators, by method and path. Logins and what is read are none, and nothing of
 * a password, a token or a key ever stands in a sentence.
 */
const ACTS: Readonly<Record<string, Act>> = {
  "POST /api/auth/register": act((named) => `registered user ${named("name")}`),
  "PUT /api/user/:username": act((named) => `changed user ${named("username")}`),
  "DELETE /api/user/:username": act((named) => `deleted user ${named("username")}`),
  "POST /api/user/:username": act((named) => `changed the password of user ${named("username")}`),
  "POST /api/organization": act((named) => `made organization ${named("name")}`),
  "PUT /api/organization/:organizationid": act(
    (named) => `changed organization ${named("organizationid")}`,
  ),
  "DELETE /api/organization/:organizationid": act(
    (named) => `deleted organization ${named("organizationid")}`,
  ),
  "POST /api/tokens": act((named) => `made API token ${named("name")}`),
  "DELETE /api/tokens/:tokenid": act((named) => `revoked API token ${named("tokenid")}`),
  "PUT /api/settings": act(() => "changed the settings of the mail service"),
  "POST /api/hooks": act((named) => `made hook ${named("hook_name")}`),
  "PATCH /api/hooks/:id": act((named) => `changed hook ${named("id")}`),
  "DELETE /api/hooks/:id": act((named) => `deleted hook ${named("id")}`),
};

export interface AccountRequest {
  method: string;
  /** of the route, with `:names` */
  path: string;
  params: unknown;
  body: unknown;
}

/** What is told of a request that was answered with 200; undefined for one that leaves no trace. */
export function accountAct({ method, path, params, body }: AccountRequest): string | undefined {
  return ACTS[`${method} ${path}`]?.sentence(
    (key) => textOf(params, key) ?? textOf(body, key) ?? "without a name",
  );
}

function textOf(from: unknown, key: string): string | undefined {
  if (typeof from !== "object" || from === null || !Object.hasOwn(from, key)) return undefined;
  const value: unknown = Reflect.get(from, key);
  return typeof value === "string" ? JSON.stringify(value.slice(0, 200)).slice(1, -1) : undefined;
}
