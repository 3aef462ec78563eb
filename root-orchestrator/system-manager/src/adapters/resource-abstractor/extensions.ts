import { CustomResource, CustomType, Hook, HookDelivery, HookWithSecret } from "@oak/contracts";
import { type ClientRequest, type HttpClient, pathOf } from "@oak/kit";
import { z } from "zod";
import type { CustomResources, Hooks } from "../../ports/extensions.ts";
import { passedOn } from "./passed-on.ts";

/** A test waits for the receiver, which has three seconds. */
const testTimeoutMs = 8_000;

/** Hooks, kept by the resource abstractor. */
export function createHookClient(client: Pick<HttpClient, "request">): Hooks {
  const ask = asking(client);
  const path = "/api/v1/hooks";
  const one = (id: string): string => `${path}${pathOf(id)}`;
  return {
    list: () => ask({ path, schema: z.array(Hook) }),
    create: (body) => ask({ method: "POST", path, body, schema: HookWithSecret }),
    find: (id) => ask({ path: one(id), schema: Hook }),
    patch: (id, body) => ask({ method: "PATCH", path: one(id), body, schema: HookWithSecret }),
    remove: async (id) => {
      await ask({ method: "DELETE", path: one(id), schema: z.unknown() });
    },
    deliveries: (id) => ask({ path: `${one(id)}/deliveries`, schema: z.array(HookDelivery) }),
    test: (id) =>
      ask({
        method: "POST",
        path: `${one(id)}/test`,
        schema: HookDelivery,
        timeoutMs: testTimeoutMs,
      }),
  };
}

/** Custom resources, kept by the resource abstractor. */
export function createCustomResourceClient(client: Pick<HttpClient, "request">): CustomResources {
  const ask = asking(client);
  const path = "/api/v1/custom-resources";
  const below = (...parts: string[]): string => `${path}${pathOf(...parts)}`;
  const schema = CustomResource;
  return {
    types: () => ask({ path, schema: z.array(CustomType) }),
    createType: (body) => ask({ method: "POST", path, body, schema: CustomType }),
    removeType: async (type) => {
      await ask({ method: "DELETE", path: below(type), schema: z.unknown() });
    },
    list: (type, query) => ask({ path: below(type), query, schema: z.array(schema) }),
    create: (type, body) => ask({ method: "POST", path: below(type), body, schema }),
    find: (type, id) => ask({ path: below(type, id), schema }),
    replace: (type, id, body) => ask({ method: "PUT", path: below(type, id), body, schema }),
    patch: (type, id, body) => ask({ method: "PATCH", path: below(type, id), body, schema }),
    remove: async (type, id) => {
      await ask({ method: "DELETE", path: below(type, id), schema: z.unknown() });
    },
  };
}

/** Asks, and passes on to the user what is refused. */
function asking(client: Pick<HttpClient, "request">) {
  return async <Schema extends z.ZodType>(
    wanted: ClientRequest & { schema: Schema },
  ): Promise<z.output<Schema>> => {
    try {
      const answer: unknown = await client.request<z.ZodType>(wanted);
      // Parsed by this very schema.
      return answer as z.output<Schema>;
    } catch (error) {
      return passedOn(error);
    }
  };
}
