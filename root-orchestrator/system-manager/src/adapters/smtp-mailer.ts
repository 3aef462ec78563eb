import type { Mailer, MailServer } from "../ports/mail.ts";

/** A server that does not answer must not hold a sender for long. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Mails over SMTP, one connection each: there are few. */
export function createSmtpMailer(): Mailer {
  return {
    send: async (server, { to, subject, text }) => {
      // Only here, since most processes never send one.
      const { createTransport } = await import("nodemailer");
      const { address, port, ssl, username, password } = server;
      const transport = createTransport({
        host: address,
        port,
        secure: ssl,
        ...(password === undefined ? {} : { auth: { user: username, pass: password.reveal() } }),
        // The text of a mail is text: nothing in it may make the server read files or addresses.
        disableFileAccess: true,
        disableUrlAccess: true,
        ...timeouts,
      });
      try {
        await transport.sendMail({ from: senderOf(server), to, subject, text });
      } finally {
        transport.close();
      }
    },
  };
}

function senderOf({ from, username, address }: MailServer): string {
  if (from !== undefined) return from;
  return username.includes("@") ? username : `oakestra@${address}`;
}
