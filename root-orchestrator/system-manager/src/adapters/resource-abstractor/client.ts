import {
  createHttpClient,
  type HttpClient,
  HttpError,
  revealed,
  type Secret,
  UnreachableError,
} from "@oak/kit";
import { errors } from "../../errors.ts";
import { refusalByHook } from "./passed-on.ts";

export interface ResourceAbstractorAddress {
  /** As `createHttpClient` takes it. */
  baseUrl: string;
  /** OAK_TIER_SECRET */
  tierSecret: string | Secret;
}

/**
 * Speaks to the resource abstractor of this tier. When it cannot be reached, or cannot reach its
 * database, users get 503 with the reason.
 */
export function createResourceAbstractorClient({
  baseUrl,
  tierSecret,
}: ResourceAbstractorAddress): HttpClient {
  const headers = { authorization: `Bearer ${revealed(tierSecret)}` };
  const client = createHttpClient({ baseUrl, headers });
  return {
    request: (wanted) => client.request(wanted).catch(unavailable),
    close: () => client.close(),
  };
}

function unavailable(error: unknown): never {
  const isAway =
    error instanceof UnreachableError || (error instanceof HttpError && error.status >= 500);
  if (!isAway) throw refusalByHook(error) ?? error;
  throw errors.unavailable({ detail: "The resource abstractor is not available", cause: error });
}
