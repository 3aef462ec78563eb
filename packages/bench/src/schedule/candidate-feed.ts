import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Candidate, Feed } from "@oak/contracts";

/** A resource abstractor as far as a scheduler can tell: it tells its candidates once and then nothing more. */
export interface CandidateFeed {
  readonly port: number;
  close(): Promise<void>;
}

export async function startCandidateFeed(candidates: readonly Candidate[]): Promise<CandidateFeed> {
  const all: Feed<Candidate> = { cursor: "1", reset: true, items: [...candidates], removed: [] };
  const body = JSON.stringify(all);
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://feed");
    // A long poll without news stays open until the caller gives up and asks again.
    if (searchParams.get("since") !== "") return;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
