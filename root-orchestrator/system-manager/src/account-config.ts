import { flag, port, secret, wholeNumberBetween } from "@oak/kit";
import { z } from "zod";
import type { MailOptions } from "./account-part.ts";
import type { MailServer } from "./ports/mail.ts";

/** `https://oak.example.org,http://…` */
function webAddresses() {
  return z.string().transform((text, context): URL[] => {
    const parts = text.split(",").map((one) => one.trim());
    if (parts.every((part) => /^https?:\/\//.test(part) && URL.canParse(part))) {
      return parts.map((part) => new URL(part));
    }
    context.addIssue({ code: "custom", message: "must be addresses that begin with http(s)://" });
    return z.NEVER;
  });
}

/** Settings about accounts, for every process that has the system-manager in it. */
export const accountFields = {
  /** Of new passwords; older clients know no such rule. */
  OAK_PASSWORD_MIN_LENGTH: wholeNumberBetween(1, 128).default(1),
  /** upstream: these two; unset: mails are sent when an administrator sets a mail service. */
  MAIL_USER: z.string().min(1).optional(),
  MAIL_PASSWORD: secret().optional(),
  /** upstream: this server alone. */
  MAIL_HOST: z.string().min(1).default("smtp.gmail.com"),
  MAIL_PORT: port().default(465),
  /** TLS from the first byte; otherwise STARTTLS if offered. */
  MAIL_SSL: flag().default(true),
  /** Who the mails are from; MAIL_USER when unset. */
  MAIL_FROM: z.string().min(1).optional(),
  /** Where dashboards are, with commas between: links in mails lead there and nowhere else. */
  OAK_DASHBOARD_URLS: webAddresses().default([]),
};

const schema = z.object(accountFields);
type AccountConfig = z.output<typeof schema>;

/** What `createSystemManager` takes of them. */
export function accountOptionsOf(config: AccountConfig): {
  minPasswordLength: number;
  mail: MailOptions;
} {
  return {
    minPasswordLength: config.OAK_PASSWORD_MIN_LENGTH,
    mail: { operators: mailServerOf(config), dashboardUrls: config.OAK_DASHBOARD_URLS },
  };
}

function mailServerOf(config: AccountConfig): MailServer | undefined {
  if (config.MAIL_USER === undefined) return undefined;
  return {
    address: config.MAIL_HOST,
    port: config.MAIL_PORT,
    ssl: config.MAIL_SSL,
    username: config.MAIL_USER,
    password: config.MAIL_PASSWORD,
    from: config.MAIL_FROM,
  };
}
