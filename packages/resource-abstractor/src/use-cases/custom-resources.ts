import type { CustomResource, CustomResourceBody } from "@oak/contracts";
import type { CheckData } from "../adapters/schema-checker.ts";
import { customData, fieldConditions } from "../domain/custom/custom-body.ts";
import type { HookedShape } from "../domain/hooks/hooked-shape.ts";
import { errors } from "../errors.ts";
import type { CustomResourceStore, StoredResource } from "../ports.ts";
import type { CustomTypes } from "./custom-types.ts";
import type { HookedWrites } from "./hooks/hooked-writes.ts";

export interface CustomResourceDeps {
  store: Omit<CustomResourceStore, "types" | "insertType" | "removeType">;
  types: Pick<CustomTypes, "checkOf">;
  hooks: HookedWrites;
  newId: () => string;
}

/** Names one resource. */
export interface ResourceName {
  type: string;
  id: string;
}

const mostOfType = 10_000;
const mostAttempts = 8;

/** `GET /api/v1/custom-resources/{type}`. */
export async function listResources(
  { store, types }: CustomResourceDeps,
  type: string,
  query: Readonly<Record<string, unknown>>,
): Promise<CustomResource[]> {
  types.checkOf(type);
  return (await store.list(type, fieldConditions(query))).map(viewOf);
}

/** `GET /api/v1/custom-resources/{type}/{id}`. */
export async function readResource(
  deps: CustomResourceDeps,
  name: ResourceName,
): Promise<CustomResource> {
  return viewOf(await stored(deps, name));
}

/** `POST /api/v1/custom-resources/{type}`. */
export async function createResource(
  { store, types, hooks, newId }: CustomResourceDeps,
  type: string,
  body: CustomResourceBody,
): Promise<CustomResource> {
  const shape = shapeOf(types.checkOf(type));
  const data = shape.read(body);
  if ((await store.count(type)) >= mostOfType) {
    throw errors.too_many_resources(`There may be ${mostOfType} of a type`);
  }
  return hooks.create({
    entity: type,
    shape,
    body: data,
    write: async (wanted) => {
      const resource = { _id: newId(), resource_type: type, rev: 1, data: wanted };
      await store.insert(resource);
      return viewOf(resource);
    },
  });
}

/**
 * `PUT` and `PATCH /api/v1/custom-resources/{type}/{id}`. upstream wants a whole resource for a PATCH as well; here it is
 * put over what is stored, and the whole is checked.
 */
export async function changeResource(
  deps: CustomResourceDeps,
  name: ResourceName,
  change: (data: CustomResourceBody) => CustomResourceBody,
): Promise<CustomResource> {
  const { store, types, hooks } = deps;
  const shape = shapeOf(types.checkOf(name.type));
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const before = await stored(deps, name);
    const after = await hooks.update({
      entity: name.type,
      id: name.id,
      shape,
      body: shape.read(change(before.data)),
      write: async (data) => {
        const isStored = await store.replace({ ...before, data });
        return isStored ? viewOf({ ...before, data }) : undefined;
      },
    });
    if (after !== undefined) return after;
  }
  throw errors.busy(`Resource ${name.id} kept changing`);
}

/** `DELETE /api/v1/custom-resources/{type}/{id}`. */
export async function removeResource(deps: CustomResourceDeps, name: ResourceName): Promise<void> {
  const { store, types, hooks } = deps;
  types.checkOf(name.type);
  await hooks.remove({
    entity: name.type,
    id: name.id,
    read: async () => {
      const found = await store.find(name.type, name.id);
      return found === undefined ? undefined : viewOf(found);
    },
    write: async () => {
      if (!(await store.remove(name.type, name.id))) throw unknown(name);
    },
  });
}

async function stored({ store, types }: CustomResourceDeps, name: ResourceName) {
  types.checkOf(name.type);
  const found = await store.find(name.type, name.id);
  if (found === undefined) throw unknown(name);
  return found;
}

function unknown({ type, id }: ResourceName): Error {
  return errors.resource_unknown(`No ${type} ${id}`);
}

function viewOf({ _id, data }: StoredResource): CustomResource {
  return { ...data, _id };
}

/** What hooks make of a resource is checked as what callers send. */
function shapeOf(check: CheckData): HookedShape<CustomResourceBody> {
  return {
    isProtected: (key) => key === "_id",
    read: (body) => {
      const data = customData(body);
      const fault = check(data);
      if (fault !== undefined) throw errors.resource_invalid(fault);
      return data;
    },
  };
}
