import { createSilentLogger, type HttpClient, type RouteEntry } from "@oak/kit";
import { createSystemManager } from "./service.ts";

/** The OpenAPI document of the public API as it stands in docs/openapi.json. Nothing is started for it. */
export async function describeApi(): Promise<string> {
  const { document } = await aManager().describe();
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Everything that the root answers to, what is not in its document too. */
export async function listRoutes(): Promise<readonly RouteEntry[]> {
  return (await aManager().describe()).routes;
}

function aManager() {
  return createSystemManager({
    database: { url: "mongodb://127.0.0.1", name: "none" },
    listen: { host: "127.0.0.1", port: 0 },
    abstractor: nobody,
    scheduler: nobody,
    logger: createSilentLogger(),
  });
}

const nobody: HttpClient = {
  request: () => Promise.reject(new Error("An API that is only described asks nobody")),
  close: () => undefined,
};
