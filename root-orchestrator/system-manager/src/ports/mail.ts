import type { Secret } from "@oak/kit";

/** An SMTP server and how to log in to it. */
export interface MailServer {
  address: string;
  port: number;
  /** TLS from the first byte */
  ssl: boolean;
  username: string;
  password?: Secret | undefined;
  /** Who the mails are from; absent: the user name, where that is an address. */
  from?: string | undefined;
}

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** Rejects when the server does not take the mail. */
  send(server: MailServer, mail: Mail): Promise<void>;
}

export interface MailSettings {
  type: "None" | "Custom" | "Oakestra";
  address: string;
  port: number;
  ssl: boolean;
  username: string;
  /** sealed: not readable without the key */
  password?: string;
}

export interface MailSettingsStore {
  find(): Promise<MailSettings | undefined>;
  save(settings: MailSettings): Promise<void>;
}

/** Hides a text from whoever reads the place where it is kept. */
export interface Sealing {
  seal(text: string): Promise<string>;
  /** Undefined for what was sealed with another key, or changed since. */
  open(sealed: string): Promise<string | undefined>;
}
