import { Application } from "@oak/contracts";
import { type HttpClient, pathOf } from "@oak/kit";
import { z } from "zod";
import type { ApplicationStore } from "../../ports/applications.ts";
import { changed, created, found } from "./outcomes.ts";

const path = "/api/v1/applications";
const list = z.array(Application);

/** Applications, kept by the resource abstractor. */
export function createApplicationClient(client: HttpClient): ApplicationStore {
  return {
    list: (filter = {}) => client.request({ path, query: filter, schema: list }),
    find: (id) => found(client.request({ path: `${path}${pathOf(id)}`, schema: Application })),
    create: ({ applicationID: _same, rev: _first, ...body }) =>
      created(client.request({ method: "POST", path, body, schema: Application })),
    patch: (id, patch, ifVersion) =>
      changed(
        client.request({
          method: "PATCH",
          path: `${path}${pathOf(id)}`,
          body: { ...patch, if_version: ifVersion },
          schema: Application,
        }),
      ),
    remove: async (id) => {
      await found(client.request({ method: "DELETE", path: `${path}${pathOf(id)}` }));
    },
  };
}
