/** The address of a receiver, taken apart; `host` as a resolver wants it, without brackets. */
export interface WebhookTarget {
  url: URL;
  host: string;
  port: number;
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Reads the address of a receiver, or says what is wrong with it. The parser of the URL standard writes every form of an
 * IPv4 address (decimal, octal, shortened) as four numbers, so what comes out of here can be judged by its address.
 */
export function readWebhookUrl(text: string): WebhookTarget | { refused: string } {
  // The parser would drop them silently, and two readers would see two addresses.
  if (/[\s\p{Cc}\\]/u.test(text)) return { refused: "holds spaces, control characters or \\" };
  if (!URL.canParse(text)) return { refused: "is no URL" };
  const url = new URL(text);
  const defaultPort = defaultPorts[url.protocol];
  if (defaultPort === undefined) return { refused: "is neither http nor https" };
  if (url.username !== "" || url.password !== "") return { refused: "holds a user or a password" };
  if (url.hash !== "") return { refused: "holds a fragment" };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? defaultPort : Number(url.port);
  return { url, host, port };
}
