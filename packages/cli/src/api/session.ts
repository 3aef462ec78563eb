import { type RootContext, withContext } from "../config/config.ts";
import type { Credentials, Settings } from "../config/settings.ts";
import { CliError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Doc, docFrom, textAt } from "./answers.ts";
import { ApiError } from "./api-error.ts";
import { parseAnswer, readText } from "./read-body.ts";
import { millisecondsLeft } from "./token-age.ts";
import type { Transport } from "./transport.ts";

/** Tokens as the root gives them. */
export interface Tokens {
  accessToken: string;
  refreshToken: string | undefined;
}

export interface LoginNames {
  user: string;
  password: string;
  organization?: string | undefined;
}

/** Who asks. Logs in once at most, and only when no token is left. */
export interface Session {
  /** The header that goes with each request. @throws CliError when nobody is logged in */
  headers(): Promise<Record<string, string>>;
  /** After a 401: whether there is another token to try with. */
  renew(): Promise<boolean>;
  /** Logs in; keeps nothing. @throws ApiError */
  login(names: LoginNames): Promise<Tokens>;
  /** Ends the session at the root. */
  logout(refreshToken: string): Promise<void>;
}

/** Tokens that end before an answer can be expected are not worth sending. */
const marginMs = 10_000;
/** Two renewals within so long are enough. */
const renewalWindowMs = 60_000;

export function createSession(settings: Settings, transport: Transport): Session {
  const { contextName, file } = settings;
  let credentials: Credentials = settings.credentials;
  let renewals: readonly number[] = [];

  const post = async (path: string, body: unknown, token?: string): Promise<Doc> => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { accept: "application/json", ...authorization };
    const incoming = await transport.send({ method: "POST", path, headers, body });
    const text = await readText(incoming, transport);
    const { server } = transport;
    const status = incoming.statusCode ?? 0;
    if (status !== 200) {
      throw new ApiError({ method: "POST", path, server, status, headers: incoming.headers, text });
    }
    return docFrom(parseAnswer(text, server), path);
  };

  const login: Session["login"] = async ({ user, password, organization }) => {
    const named = organization === undefined ? {} : { organization_name: organization };
    const body = { username: user, password, ...named, rotate: true };
    return tokensFrom(await post("/api/auth/login", body));
  };

  /** @returns undefined when the root does not take it any more */
  const refresh = async (refreshToken: string): Promise<Tokens | undefined> => {
    try {
      const answer = await post("/api/auth/refresh", { rotate: true }, refreshToken);
      const { accessToken, refreshToken: next } = tokensFrom(answer);
      return { accessToken, refreshToken: next ?? refreshToken };
    } catch (error) {
      if (error instanceof ApiError && [401, 403, 422].includes(error.status)) return undefined;
      throw error;
    }
  };

  const tokensAnew = async ({ refreshToken, user, password, organization }: Credentials) => {
    const refreshed = refreshToken === undefined ? undefined : await refresh(refreshToken);
    if (refreshed !== undefined) return refreshed;
    if (user === undefined || password === undefined) return undefined;
    return login({ user, password, organization });
  };

  /** In the file, under its lock: of several commands at once one asks, and the others find its tokens. */
  const renewKept = async (name: string): Promise<void> => {
    const spent = credentials.accessToken;
    await file.update(async (config) => {
      const kept = config.contexts[name];
      if (kept === undefined) {
        credentials = without({ ...credentials, ...(await tokensAnew(credentials)) });
        return undefined;
      }
      if (
        kept.accessToken !== undefined &&
        kept.accessToken !== spent &&
        isGood(kept.accessToken)
      ) {
        credentials = kept;
        return undefined;
      }
      const tokens = await tokensAnew(kept);
      const { accessToken, refreshToken } = tokens ?? {};
      credentials = without({ ...kept, accessToken, refreshToken });
      return withContext(config, name, { server: kept.server, accessToken, refreshToken });
    });
  };

  const renew = async (): Promise<boolean> => {
    const { apiToken, refreshToken, password } = credentials;
    // An API token has no successor, and a fresh token that is refused is no matter of age. What follows a stream for hours
    // needs many, though.
    const now = Date.now();
    renewals = renewals.filter((at) => now - at < renewalWindowMs);
    if (apiToken !== undefined || (refreshToken ?? password) === undefined || renewals.length > 1) {
      return false;
    }
    renewals = [...renewals, now];
    const isKept = contextName !== undefined && settings.config.contexts[contextName] !== undefined;
    const isOfContext =
      isKept && settings.config.contexts[contextName]?.refreshToken === refreshToken;
    if (isKept && isOfContext) await renewKept(contextName);
    else credentials = without({ ...credentials, ...(await tokensAnew(credentials)) });
    return credentials.accessToken !== undefined;
  };

  return {
    headers: async () => {
      const { apiToken, accessToken } = credentials;
      if (apiToken !== undefined) return bearer(apiToken);
      if (accessToken !== undefined && isGood(accessToken)) return bearer(accessToken);
      if (await renew()) return bearer(credentials.accessToken ?? "");
      throw notLoggedIn(transport.server, settings.credentials);
    },
    renew,
    login,
    logout: async (refreshToken) => {
      await post("/api/auth/logout", {}, refreshToken);
    },
  };
}

function isGood(token: string): boolean {
  const left = millisecondsLeft(token, Date.now());
  return left === undefined || left > marginMs;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function tokensFrom(answer: Doc): Tokens {
  const accessToken = textAt(answer, "token");
  if (accessToken === undefined) throw new CliError("the root answered a login without a token");
  return { accessToken, refreshToken: textAt(answer, "refresh_token") };
}

function without(
  credentials: { [Key in keyof RootContext]?: RootContext[Key] | undefined },
): Credentials {
  return Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined));
}

function notLoggedIn(server: string, { refreshToken }: Credentials): CliError {
  const hadOne = refreshToken !== undefined;
  return new CliError(
    hadOne ? `the session at ${server} has ended` : `not logged in to ${server}`,
    {
      exitCode: exitCodes.denied,
      advice: [
        "`oak login` asks for name and password",
        "scripts: OAK_TOKEN with a token of `oak token create`, or OAK_USER and OAK_PASSWORD",
      ],
    },
  );
}
