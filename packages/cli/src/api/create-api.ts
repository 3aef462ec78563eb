import type { CommandIo } from "../command.ts";
import type { Settings } from "../config/settings.ts";
import { type Api, createApi } from "./api.ts";
import { createSession } from "./session.ts";
import { createTransport } from "./transport.ts";

/** No request is sent yet. */
export async function createApiFor(settings: Settings, io: Pick<CommandIo, "err">): Promise<Api> {
  const { isInsecure, server } = settings;
  if (isInsecure && server.startsWith("https:")) {
    io.err("the certificate of the root is not checked (--insecure)\n");
  }
  const transport = await createTransport(settings);
  return createApi(transport, createSession(settings, transport));
}
