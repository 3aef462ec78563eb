import type { Id } from "@oak/contracts";
import {
  AppError,
  type Clock,
  createDatabase,
  type Database,
  type ListenAddress,
  type Logger,
  type Secret,
} from "@oak/kit";
import { isLoopback } from "./domain/local-address.ts";
import { errors } from "./errors.ts";
import type { Accounts, KnownAccounts } from "./ports/accounts.ts";
import type { Passwords } from "./ports/passwords.ts";
import { createAccountStore } from "./store/accounts.ts";
import { prepareDatabase } from "./store/prepare-database.ts";
import { rememberAccounts } from "./store/remembered-accounts.ts";
import { createSecretStore } from "./store/secrets.ts";
import { ensureFirstAccount } from "./use-cases/ensure-first-account.ts";

export interface FirstStartOptions {
  /** The service owns this database name alone. */
  database: { url: string | Secret; name: string };
  listen: ListenAddress;
  adminPassword?: Secret | undefined;
  /** In place of the one that would be made. */
  joinSecret?: Secret | undefined;
  /** Told the join secret at the one moment at which it was made. */
  onJoinSecret?: (secret: Secret) => void;
  passwords: Passwords;
  logger: Logger;
  newId: () => Id;
  clock: Clock;
}

/** The own database, and what has to be in it before anybody can be served. */
export interface FirstStart {
  database: Database;
  accounts: Accounts & KnownAccounts;
  /** Rejects with first_account_refused when no account could be made. */
  check(): Promise<void>;
  /** What a cluster has to show at its registration; throws `unavailable` before the database is ready. */
  joinSecret(): Secret;
}

export function createFirstStart(options: FirstStartOptions): FirstStart {
  const { logger, clock, passwords, listen, newId } = options;
  const accounts = rememberAccounts(
    createAccountStore(() => database.db),
    clock.monotonicMs,
  );
  const secrets = createSecretStore(() => database.db);
  let refusal: AppError | undefined;
  let joinSecret = options.joinSecret;

  const makeAccount = async (): Promise<void> => {
    try {
      await ensureFirstAccount({
        accounts,
        passwords,
        logger,
        newId,
        clock,
        password: options.adminPassword,
        isLocalOnly: listen.path !== undefined || isLoopback(listen.host),
      });
      refusal = undefined;
    } catch (error) {
      // Trying again cannot help, so the database counts as prepared; `check` tells what is missing.
      if (!(error instanceof AppError) || error.code !== "first_account_refused") throw error;
      refusal = error;
    }
  };
  const makeJoinSecret = async (): Promise<void> => {
    if (joinSecret !== undefined) return;
    const kept = await secrets.findOrMake("cluster_join");
    joinSecret = kept.secret;
    if (kept.isNew) options.onJoinSecret?.(kept.secret);
  };

  const database = createDatabase({
    ...options.database,
    logger: logger.child({ component: "database" }),
    prepare: async (db) => {
      await prepareDatabase(db);
      await makeAccount();
      await makeJoinSecret();
    },
    clock,
  });

  return {
    database,
    accounts,
    check: async () => {
      if (refusal !== undefined) throw refusal;
    },
    joinSecret: () => {
      if (joinSecret === undefined) throw errors.unavailable("The database is not reachable");
      return joinSecret;
    },
  };
}
