import { createSilentLogger, type HttpClient } from "@oak/kit";
import { createSystemManager } from "./service.ts";

/** The OpenAPI document of the public API as it stands in docs/openapi.json. Nothing is started for it. */
export async function describeApi(): Promise<string> {
  const manager = createSystemManager({
    database: { url: "mongodb://127.0.0.1", name: "none" },
    listen: { host: "127.0.0.1", port: 0 },
    abstractor: nobody,
    scheduler: nobody,
    logger: createSilentLogger(),
  });
  return `${JSON.stringify(await manager.document(), undefined, 2)}\n`;
}

const nobody: HttpClient = {
  request: () => Promise.reject(new Error("An API that is only described asks nobody")),
  close: () => undefined,
};
