import {
  Login,
  LoginAnswer,
  Message,
  PublicKey,
  Refresh,
  RefreshAnswer,
  Registration,
  UserView,
} from "@oak/contracts";
import { bearerToken, type HttpApp } from "@oak/kit";
import type { FastifyRequest } from "fastify";
import { errors } from "../errors.ts";
import type { Tokens } from "../ports/tokens.ts";
import type { createLogOut } from "../use-cases/accounts/log-out.ts";
import type { createRegisterUser } from "../use-cases/accounts/register-user.ts";
import type { createLogIn } from "../use-cases/log-in.ts";
import type { createRefreshToken } from "../use-cases/refresh-token.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { tellingWhen } from "./telling-when.ts";

export interface AuthRoutesDeps {
  logIn: ReturnType<typeof createLogIn>;
  logOut: ReturnType<typeof createLogOut>;
  refreshToken: ReturnType<typeof createRefreshToken>;
  registerUser: ReturnType<typeof createRegisterUser>;
  tokens: Pick<Tokens, "publicKey">;
  gates: Gates;
}

const tags = ["accounts"];

export function addAuthRoutes(app: HttpApp, deps: AuthRoutesDeps): void {
  addLogin(app, deps);
  addSessionRoutes(app, deps);
  app.post(
    "/api/auth/register",
    {
      onRequest: [deps.gates.user, deps.gates.manager],
      schema: {
        tags,
        summary: "Make a user",
        description:
          "A member of the organization of the caller, with `roles` in it. Only an Admin makes an Admin.",
        body: Registration,
        response: responses(UserView, 401, 403, 409, 422, 503),
      },
    },
    async (request, reply) =>
      tellingWhen(reply, () => deps.registerUser(request.body, callerOf(request))),
  );
  app.get(
    "/key",
    {
      schema: {
        tags,
        summary: "The public key of the tokens",
        security: [],
        response: responses(PublicKey),
      },
    },
    async () => ({ public_key: await deps.tokens.publicKey() }),
  );
}

function addLogin(app: HttpApp, { logIn }: AuthRoutesDeps): void {
  app.post(
    "/api/auth/login",
    {
      schema: {
        tags,
        summary: "Log in",
        description:
          "Failed logins are counted for each account and each address; too many of them within a " +
          "minute are answered by 429, more at once than can be looked at by 503, both with `Retry-After`.",
        security: [],
        body: Login,
        response: responses(LoginAnswer, 401, 404, 422, 429, 503),
      },
    },
    async (request, reply) => tellingWhen(reply, () => logIn(request.body, request.ip)),
  );
}

function addSessionRoutes(app: HttpApp, { refreshToken, logOut }: AuthRoutesDeps): void {
  app.post(
    "/api/auth/refresh",
    {
      schema: {
        tags,
        summary: "Get a new access token",
        description:
          "Send the refresh token as Bearer. Roles are those of this moment. With `rotate` the answer has a new " +
          "refresh token and the old one is void: whoever shows it again ends the session.",
        body: Refresh.nullish(),
        response: responses(RefreshAnswer, 401, 403, 404, 422),
      },
    },
    async (request) => refreshToken(tokenOf(request), request.body ?? {}),
  );
  app.post(
    "/api/auth/logout",
    {
      schema: {
        tags,
        summary: "End a session",
        description:
          "Send its refresh token or an access token as Bearer. All tokens of that login are void afterwards.",
        response: responses(Message, 401, 422),
      },
    },
    async (request) => {
      await logOut(tokenOf(request));
      return { message: "Logged out" };
    },
  );
}

function tokenOf(request: FastifyRequest): string {
  const token = bearerToken(request.headers);
  if (token === undefined) throw errors.unauthenticated("Missing Authorization Header");
  return token;
}
