import { type HttpClient, HttpError } from "@oak/kit";
import type { ResultReceiver } from "../ports.ts";

/** Posts to `/api/result/deploy`. upstream: the same path at both managers, whose answer it ignores. */
export function createResultReceiver(client: HttpClient): ResultReceiver {
  return {
    deliver: async (result, signal) => {
      try {
        await client.request({
          method: "POST",
          path: "/api/result/deploy",
          body: result,
          signal,
        });
        return "delivered";
      } catch (error) {
        if (error instanceof HttpError && isFinal(error.status)) return "rejected";
        throw error;
      }
    },
  };
}

/** A client error stays one; that of a manager that is busy or does not know us yet may pass. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}
