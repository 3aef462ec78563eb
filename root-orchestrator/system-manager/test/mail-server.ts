import { createServer, type Server, type Socket } from "node:net";

/** A mail as it came over the wire. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** the headers and the text, decoded as far as these tests need */
  content: string;
}

/** An SMTP server on loopback that takes every mail and remembers it. */
export interface MailServerFixture {
  port: number;
  mails: ReceivedMail[];
  /** user names and passwords as they were shown, decoded */
  logins: string[];
  stop(): Promise<void>;
}

export async function startMailServer(): Promise<MailServerFixture> {
  const mails: ReceivedMail[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    serve(socket, { mails, logins });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: portOf(server),
    mails,
    logins,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(
  socket: Socket,
  { mails, logins }: { mails: ReceivedMail[]; logins: string[] },
): void {
  let mail: ReceivedMail = { from: "", to: [], content: "" };
  let lines: string[] | undefined;
  let rest = "";
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO") say("250-mail.test\r\n250 AUTH PLAIN");
    else if (verb === "AUTH") {
      logins.push(
        Buffer.from(line.split(" ")[2] ?? "", "base64")
          .toString()
          .replaceAll("\0", " "),
      );
      say("235 welcome");
    } else if (verb === "MAIL") {
      mail = { from: addressIn(line), to: [], content: "" };
      say("250 ok");
    } else if (verb === "RCPT") {
      mail.to.push(addressIn(line));
      say("250 ok");
    } else if (verb === "DATA") {
      lines = [];
      say("354 go on");
    } else if (verb === "QUIT") socket.end("221 bye\r\n");
    else say("250 ok");
  };
  const take = (line: string): void => {
    if (lines === undefined) {
      command(line);
    } else if (line === ".") {
      // Soft line breaks of quoted-printable, in which long links are cut.
      mails.push({ ...mail, content: lines.join("\n").replace(/=\n/g, "").replaceAll("=3D", "=") });
      lines = undefined;
      say("250 taken");
    } else {
      lines.push(line);
    }
  };
  say("220 mail.test");
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\r\n");
    rest = parts.pop() ?? "";
    for (const part of parts) take(part);
  });
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? "";
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return address.port;
}
