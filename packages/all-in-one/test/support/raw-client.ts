import { type IncomingMessage, request } from "node:http";

/** The parts of the public API that answer with more than one JSON text. */
export interface RawClient {
  get(path: string): Promise<unknown>;
  /** What has come so far; the connection is closed by `close`. */
  follow(path: string): Promise<Followed>;
}

export interface Followed {
  text(): string;
  /** The server has said that this is all. */
  isComplete(): boolean;
  close(): void;
}

export async function createRawClient(baseUrl: string, password: string): Promise<RawClient> {
  const login = await fetch(`${baseUrl}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ username: "Admin", password }),
  });
  const { token } = (await login.json()) as { token: string };
  const open = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const outgoing = request(`${baseUrl}${path}`, { agent: false, headers }, resolve);
      outgoing.once("error", reject);
      outgoing.end();
    });
  const collect = (incoming: IncomingMessage): Followed => {
    let text = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (piece: string) => {
      text += piece;
    });
    incoming.on("error", () => undefined);
    return {
      text: () => text,
      isComplete: () => incoming.complete,
      close: () => void incoming.destroy(),
    };
  };
  return {
    get: async (path) => {
      const incoming = await open(path);
      const collected = collect(incoming);
      await new Promise((resolve) => incoming.once("close", resolve));
      if (incoming.statusCode !== 200) throw new Error(`${path}: ${collected.text()}`);
      return JSON.parse(collected.text());
    },
    follow: async (path) => collect(await open(path)),
  };
}
