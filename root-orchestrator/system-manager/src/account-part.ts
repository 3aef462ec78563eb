import {
  type Clock,
  type Component,
  component,
  createLoop,
  type Database,
  type Logger,
  type Metrics,
} from "@oak/kit";
import { createApiTokenReader } from "./adapters/api-token-reader.ts";
import { createJwtTokens } from "./adapters/jwt-tokens.ts";
import { createSealing } from "./adapters/sealing.ts";
import { createSmtpMailer } from "./adapters/smtp-mailer.ts";
import { createUserAuthenticator } from "./adapters/user-authenticator.ts";
import type { Accounts, KnownAccounts } from "./ports/accounts.ts";
import type { ApiTokens } from "./ports/api-tokens.ts";
import type { Mailer, MailServer } from "./ports/mail.ts";
import type { PasswordResets } from "./ports/password-resets.ts";
import type { Sessions } from "./ports/sessions.ts";
import type { Tokens } from "./ports/tokens.ts";
import type { UserAuthenticator } from "./ports/user-authenticator.ts";
import { createApiTokenStore } from "./store/api-tokens.ts";
import { createMailSettingsStore } from "./store/mail-settings.ts";
import { createPasswordResetStore } from "./store/password-resets.ts";
import { createSecretStore } from "./store/secrets.ts";
import { createSessionStore } from "./store/sessions.ts";
import { createSigningKeyStore } from "./store/signing-keys.ts";
import { createMailService, type MailService } from "./use-cases/accounts/mail-settings.ts";

export interface AccountPartOptions {
  database: Database;
  accounts: Accounts & KnownAccounts;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
  mail?: MailOptions;
}

export interface MailOptions {
  /** MAIL_… */
  operators?: MailServer | undefined;
  /** OAK_DASHBOARD_URLS */
  dashboardUrls?: readonly URL[];
  mailer?: Mailer;
}

/** How users and their machines are recognised. */
export interface AccountPart {
  tokens: Tokens;
  sessions: Sessions;
  apiTokens: ApiTokens;
  resets: PasswordResets;
  mailService: MailService;
  mailer: Mailer;
  dashboardUrls: readonly URL[];
  authenticator: UserAuthenticator;
  components: Component[];
}

const everyHourMs = 60 * 60_000;
/** So long an expired API token is still listed, for whoever wonders why a machine is refused. */
const expiredTokensStayS = 7 * 24 * 60 * 60;

export function createAccountPart(options: AccountPartOptions): AccountPart {
  const { database, accounts, clock, metrics, mail = {} } = options;
  const logger = options.logger.child({ component: "accounts" });
  const db = () => database.db;
  const tokens = createJwtTokens({ keys: createSigningKeyStore(db), clock });
  const sessions = createSessionStore(db, clock.monotonicMs);
  const apiTokens = createApiTokenStore(db, clock.monotonicMs);
  const resets = createPasswordResetStore(db);
  const secrets = createSecretStore(db);
  const mailService = createMailService({
    settings: createMailSettingsStore(db),
    sealing: createSealing(async () => (await secrets.findOrMake("settings")).secret),
    operators: mail.operators,
  });
  const readApiToken = createApiTokenReader({ apiTokens, clock, logger });
  const upkeep = createLoop({
    name: "account-upkeep",
    everyMs: everyHourMs,
    startDelayMs: everyHourMs,
    run: async () => {
      if (!database.isReady) return;
      const now = Math.floor(clock.nowMs() / 1_000);
      await sessions.removeExpired(now);
      await resets.removeExpired(now);
      await apiTokens.removeExpired(now - expiredTokensStayS);
    },
    logger,
    metrics,
    clock,
  });
  return {
    tokens,
    sessions,
    apiTokens,
    resets,
    mailService,
    mailer: mail.mailer ?? createSmtpMailer(),
    dashboardUrls: mail.dashboardUrls ?? [],
    authenticator: createUserAuthenticator({ tokens, accounts, sessions, readApiToken }),
    components: [component("account-upkeep", upkeep)],
  };
}
