import { PasswordReset, PasswordResetWish } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import type { createRequestReset } from "../use-cases/accounts/request-reset.ts";
import type { createResetPassword } from "../use-cases/accounts/reset-password.ts";
import { responses } from "./answers.ts";
import { tellingWhen } from "./telling-when.ts";

export interface PasswordResetRoutesDeps {
  requestReset: ReturnType<typeof createRequestReset>;
  resetPassword: ReturnType<typeof createResetPassword>;
}

const tags = ["accounts"];
const security: [] = [];
const empty = z.object({});

export function addPasswordResetRoutes(app: HttpApp, deps: PasswordResetRoutesDeps): void {
  app.post(
    "/api/user",
    {
      schema: {
        tags,
        summary: "Ask for a new password by mail",
        description:
          "The answer is the same whether or not there is such a user with an address and a mail service is set. The " +
          "link works once, within an hour.",
        security,
        body: PasswordResetWish,
        response: responses(empty, 422, 429),
      },
    },
    async (request, reply) => {
      await tellingWhen(reply, async () => deps.requestReset(request.body, request.ip));
      return {};
    },
  );
  app.put(
    "/api/user",
    {
      schema: {
        tags,
        summary: "Set a new password with the token of a mail",
        description: "Ends every session of the user.",
        security,
        body: PasswordReset,
        response: responses(empty, 400, 422, 503),
      },
    },
    async (request, reply) => {
      await tellingWhen(reply, () => deps.resetPassword(request.body));
      return {};
    },
  );
}
