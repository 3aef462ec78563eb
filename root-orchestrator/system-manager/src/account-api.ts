import { randomUUID } from "node:crypto";
import type { Id } from "@oak/contracts";
import type { Clock, HttpApp, Logger } from "@oak/kit";
import { lifetimeS } from "./adapters/jwt-tokens.ts";
import { createFewAtOnce } from "./domain/few-at-once.ts";
import { createLoginLimits } from "./domain/login-limits.ts";
import { errors } from "./errors.ts";
import type { Accounts } from "./ports/accounts.ts";
import type { ApiTokens } from "./ports/api-tokens.ts";
import type { ApplicationStore } from "./ports/applications.ts";
import type { Mailer } from "./ports/mail.ts";
import type { PasswordResets } from "./ports/password-resets.ts";
import type { Passwords } from "./ports/passwords.ts";
import type { Sessions } from "./ports/sessions.ts";
import type { Tokens } from "./ports/tokens.ts";
import { addAuthRoutes } from "./routes/auth.ts";
import type { Gates } from "./routes/gates.ts";
import { addMeRoute } from "./routes/me.ts";
import { addOrganizationRoutes } from "./routes/organizations.ts";
import { addPasswordResetRoutes } from "./routes/password-reset.ts";
import { addSettingsRoutes } from "./routes/settings.ts";
import { addTokenRoutes } from "./routes/tokens.ts";
import { addUserRoutes } from "./routes/users.ts";
import { createOwnTokens } from "./use-cases/accounts/api-tokens.ts";
import { createChangePassword } from "./use-cases/accounts/change-password.ts";
import { createChangeUser } from "./use-cases/accounts/change-user.ts";
import { createDeleteUser } from "./use-cases/accounts/delete-user.ts";
import { createHashPassword } from "./use-cases/accounts/hash-password.ts";
import { createLogOut } from "./use-cases/accounts/log-out.ts";
import type { MailService } from "./use-cases/accounts/mail-settings.ts";
import { createMemberships } from "./use-cases/accounts/memberships.ts";
import { createOrganizations } from "./use-cases/accounts/organizations.ts";
import { createRegisterUser } from "./use-cases/accounts/register-user.ts";
import { createRequestReset } from "./use-cases/accounts/request-reset.ts";
import { createResetPassword } from "./use-cases/accounts/reset-password.ts";
import { createLogIn } from "./use-cases/log-in.ts";
import { createRefreshToken } from "./use-cases/refresh-token.ts";

/** What accounts are made of. */
export interface AccountApiDeps {
  accounts: Accounts;
  passwords: Passwords;
  tokens: Tokens;
  sessions: Sessions;
  apiTokens: ApiTokens;
  applications: Pick<ApplicationStore, "list">;
  resets: PasswordResets;
  mailService: MailService;
  mailer: Mailer;
  dashboardUrls: readonly URL[];
  gates: Gates;
  /** OAK_PASSWORD_MIN_LENGTH */
  minPasswordLength: number;
  newId: () => Id;
  clock: Clock;
  logger: Logger;
}

/** As many as the thread pool computes well while it serves the rest. */
const hashesAtOnce = 2;
/** Some two seconds' worth; who would wait longer is better told to come again. */
const mostWaiting = 200;

/** The routes for users, organizations and their sessions. */
export function addAccountApi(app: HttpApp, deps: AccountApiDeps): void {
  const { accounts, clock } = deps;
  const inTurn = createFewAtOnce(hashesAtOnce, {
    mostWaiting,
    onFull: () => {
      throw errors.logins_busy({
        detail: "Too many logins at this moment; try again in a few seconds",
        params: { retry_after_s: 2 },
      });
    },
  });
  const shared = {
    ...deps,
    inTurn,
    limits: createLoginLimits({ clock }),
    hashPassword: createHashPassword({ ...deps, inTurn }),
    memberships: createMemberships(accounts),
    newSessionId: randomUUID,
    newTokenId: randomUUID,
    lifetimeS: lifetimeS.refresh,
  };
  addAuthRoutes(app, {
    ...shared,
    logIn: createLogIn(shared),
    logOut: createLogOut(shared),
    refreshToken: createRefreshToken(shared),
    registerUser: createRegisterUser(shared),
  });
  addMeRoute(app, shared);
  addUserRoutes(app, {
    ...shared,
    changeUser: createChangeUser(shared),
    deleteUser: createDeleteUser({
      ...shared,
      onDeleted: async (userId) => {
        await deps.apiTokens.removeOf(userId);
        await deps.resets.removeOf(userId);
      },
    }),
    changePassword: createChangePassword(shared),
  });
  addPasswordResetRoutes(app, {
    requestReset: createRequestReset(shared),
    resetPassword: createResetPassword(shared),
  });
  addSettingsRoutes(app, shared);
  addTokenRoutes(app, { ...shared, ownTokens: createOwnTokens(shared) });
  addOrganizationRoutes(app, { ...shared, organizations: createOrganizations(shared) });
}
