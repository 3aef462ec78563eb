import type { HttpClient } from "@oak/kit";
import type { BrokerAdmin } from "../../use-cases/register-worker.ts";

/** `POST /disconnect` of the broker. Short, since a worker waits for its registration meanwhile. */
export function createBrokerAdmin(client: HttpClient): BrokerAdmin {
  return {
    disconnect: async (username) => {
      const body = { username };
      await client.request({ method: "POST", path: "/disconnect", body, timeoutMs: 1_000 });
    },
  };
}
