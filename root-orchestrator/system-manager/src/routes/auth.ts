import { Login, LoginAnswer, PublicKey, RefreshAnswer } from "@oak/contracts";
import { AppError, bearerToken, type HttpApp } from "@oak/kit";
import { errors } from "../errors.ts";
import type { Tokens } from "../ports/tokens.ts";
import { responses } from "./answers.ts";

export interface AuthRoutesDeps {
  logIn: (login: Login, address: string) => Promise<LoginAnswer>;
  refreshToken: (refreshToken: string) => Promise<RefreshAnswer>;
  tokens: Pick<Tokens, "publicKey">;
}

const tags = ["accounts"];

export function addAuthRoutes(app: HttpApp, { logIn, refreshToken, tokens }: AuthRoutesDeps): void {
  app.post(
    "/api/auth/login",
    {
      schema: {
        tags,
        summary: "Log in",
        description:
          "Failed logins are counted for each account and each address; too many of them within a " +
          "minute are answered by 429 with `Retry-After`.",
        security: [],
        body: Login,
        response: responses(LoginAnswer, 401, 404, 422, 429),
      },
    },
    async (request, reply) => {
      try {
        return await logIn(request.body, request.ip);
      } catch (error) {
        const seconds = error instanceof AppError ? error.params?.["retry_after_s"] : undefined;
        if (seconds !== undefined) reply.header("retry-after", String(seconds));
        throw error;
      }
    },
  );
  app.post(
    "/api/auth/refresh",
    {
      schema: {
        tags,
        summary: "Get a new access token",
        description: "Send the refresh token as Bearer. Roles are those of this moment.",
        response: responses(RefreshAnswer, 401, 403, 404, 422),
      },
    },
    async (request) => {
      const token = bearerToken(request.headers);
      if (token === undefined) throw errors.unauthenticated("Missing Authorization Header");
      return refreshToken(token);
    },
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
    async () => ({ public_key: await tokens.publicKey() }),
  );
}
