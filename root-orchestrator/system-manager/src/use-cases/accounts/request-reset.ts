import type { PasswordResetWish } from "@oak/contracts";
import { type Clock, hashToken, type Logger, newToken } from "@oak/kit";
import { createFewAtOnce } from "../../domain/few-at-once.ts";
import { addressKey } from "../../domain/login-limits.ts";
import { createSlidingWindows } from "../../domain/sliding-windows.ts";
import { errors } from "../../errors.ts";
import type { Accounts, User } from "../../ports/accounts.ts";
import type { Mail, Mailer } from "../../ports/mail.ts";
import type { PasswordResets } from "../../ports/password-resets.ts";
import type { MailService } from "./mail-settings.ts";

export interface RequestResetDeps {
  accounts: Pick<Accounts, "findUser">;
  resets: PasswordResets;
  mailService: Pick<MailService, "server">;
  mailer: Mailer;
  /** OAK_DASHBOARD_URLS: what a link may begin with, the first by default; empty: mails have no link */
  dashboardUrls: readonly URL[];
  clock: Pick<Clock, "nowMs" | "monotonicMs">;
  logger: Logger;
}

/** How long a link is good. */
const lifetimeS = 60 * 60;
const windowMs = 60 * 60_000;
const perAddress = 20;
const perAccount = 3;

/**
 * Mails a link with which a user sets a new password. It returns at once and tells nobody whether there is such a
 * user; what it takes is done afterwards, a few at a time.
 * upstream: 404 for unknown names.
 * @throws AppError too_many_requests for an address that asks all the time
 */
export function createRequestReset(deps: RequestResetDeps) {
  const { clock, logger } = deps;
  const limits = createSlidingWindows({ clock, windowMs, capacity: 10_000, most: perAddress });
  const inTurn = createFewAtOnce(2, {
    mostWaiting: 100,
    onFull: () => {
      throw new Error("too many mails are waiting to be sent");
    },
  });
  return ({ username, domain }: PasswordResetWish, address: string): void => {
    const source = addressKey(address);
    const waitMs = limits.waitMs(source, perAddress);
    if (waitMs > 0) throw tooMany(waitMs);
    limits.add(source);
    const account = `account:${username.toLowerCase()}`;
    // Without a word, or it would tell who else has asked for this user.
    if (limits.waitMs(account, perAccount) > 0) return;
    limits.add(account);
    void inTurn(() => sendLink(deps, username, domain)).catch((err: unknown) => {
      logger.warn({ err }, "a link for a new password was not sent");
    });
  };
}

async function sendLink(
  deps: RequestResetDeps,
  username: string,
  domain: string | undefined,
): Promise<void> {
  const { accounts, resets, mailService, mailer, clock, logger } = deps;
  const user = await accounts.findUser(username);
  if (user === undefined || user.email === "") return;
  const server = await mailService.server();
  if (server === undefined) {
    logger.warn({ user: user.name }, "a new password was asked for, but no mail service is set");
    return;
  }
  const token = newToken();
  const tokenHash = hashToken(token);
  const expiresAt = Math.floor(clock.nowMs() / 1_000) + lifetimeS;
  await resets.create({ tokenHash, userId: user.id, expiresAt });
  try {
    await mailer.send(server, resetMail(user, linkFor(token, deps.dashboardUrls, domain), token));
  } catch (error) {
    await resets.take(tokenHash);
    throw error;
  }
}

/** Only to where the operator has said that a dashboard is: the token must not travel to an address of a stranger's choice. */
function linkFor(
  token: string,
  dashboards: readonly URL[],
  domain: string | undefined,
): string | undefined {
  const base = dashboards.find(({ host }) => host === domain) ?? dashboards[0];
  if (base === undefined) return undefined;
  return `${base.href.replace(/\/$/, "")}/resetPassword/${token}`;
}

function resetMail({ name, email }: User, link: string | undefined, token: string): Mail {
  const how =
    link === undefined
      ? `Set a new password with this code, for example by \`PUT /api/user/\`:\n\n  ${token}`
      : `Set a new password here:\n\n  ${link}`;
  const text = `Hello ${name},

somebody, probably you, asked for a new password of your account.

${how}

It works once, within the next hour. If it was not you, do nothing: your password stays as it is.
`;
  return { to: email, subject: "Set a new password", text };
}

function tooMany(waitMs: number) {
  const seconds = Math.ceil(waitMs / 1_000);
  return errors.too_many_requests({
    detail: `Too many requests for new passwords; try again in ${seconds} seconds`,
    params: { retry_after_s: seconds },
  });
}
