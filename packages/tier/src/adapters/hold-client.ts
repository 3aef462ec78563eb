import { HoldGranted, WantCounted } from "@oak/contracts";
import { type HttpClient, HttpError } from "@oak/kit";
import type { HoldStore } from "../ports.ts";
import { unless } from "./assignment-client.ts";

/** Holds and counters in the documents of candidates, kept by the tier's resource abstractor. */
export function createHoldClient(client: HttpClient): HoldStore {
  const pathOf = (child: string, key: string): string => `/api/v1/resources/${child}/holds/${key}`;
  return {
    hold: async (child, key, request) => {
      try {
        const granted = await client.request({
          method: "PUT",
          path: pathOf(child, key),
          body: request,
          schema: HoldGranted,
        });
        return { ok: true, ...granted };
      } catch (error) {
        return { ok: false, reason: refusalOf(error) };
      }
    },
    drop: async (child, key, { epoch, placement }) => {
      await client
        .request({ method: "DELETE", path: pathOf(child, key), query: { epoch, placement } })
        .catch((error: unknown) => unless(error, 404, undefined));
    },
    countWant: (child) =>
      client
        .request({ method: "POST", path: `/api/v1/resources/${child}/want`, schema: WantCounted })
        .then(({ want_rev }) => want_rev)
        .catch((error: unknown) => unless(error, 404, undefined)),
  };
}

/** 404 and 409 are answers: this candidate does not give the room. Anything else is a failure. */
function refusalOf(error: unknown): string {
  if (!(error instanceof HttpError)) throw error;
  if (error.status !== 404 && error.status !== 409) throw error;
  return error.code ?? "refused";
}
