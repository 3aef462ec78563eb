import type { CustomType, CustomTypeWrite } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import type { CheckData, SchemaChecker } from "../adapters/schema-checker.ts";
import { errors } from "../errors.ts";
import type { CustomResourceStore } from "../ports.ts";
import { refusingDuplicates } from "./refusals.ts";

/** Kinds of custom resources, with their checks, in memory: this service alone writes them. */
export interface CustomTypes {
  /** From the database, in place of what is known. */
  load(): Promise<void>;
  all(): CustomType[];
  create(body: CustomTypeWrite): Promise<CustomType>;
  /** With all its resources. Rejects with `resource_type_unknown`. */
  remove(name: string): Promise<CustomType>;
  /** @throws AppError resource_type_unknown */
  checkOf(name: string): CheckData;
}

export interface CustomTypesDeps {
  store: Pick<CustomResourceStore, "types" | "insertType" | "removeType">;
  checker: SchemaChecker;
  clock: Pick<Clock, "nowMs">;
  newId: () => string;
}

const mostTypes = 100;

/** What hooks already mean by these, and what upstream keeps under them. */
const reserved: ReadonlySet<string> = new Set([
  ...["resources", "applications", "jobs", "job", "instances", "candidates", "apps"],
  ...["hooks", "tier", "meta", "meta_data", "custom-resources"],
]);

export function createCustomTypes({ store, checker, clock, newId }: CustomTypesDeps): CustomTypes {
  const known = new Map<string, { type: CustomType; check: CheckData }>();

  const read = async (schema: CustomType["schema"]): Promise<CheckData> => {
    const check = await checker.read(schema);
    if (typeof check === "function") return check;
    throw errors.schema_refused(`schema ${check.refused}`);
  };

  return {
    load: async () => {
      const types = await store.types();
      known.clear();
      for (const type of types) {
        const check = await checker.read(type.schema);
        const refusing = (): string => "cannot be checked: the schema of its type is not supported";
        known.set(type.resource_type, {
          type,
          check: typeof check === "function" ? check : refusing,
        });
      }
    },
    all: () => [...known.values()].map(({ type }) => type),
    create: async ({ resource_type, schema }) => {
      const check = await read(schema);
      if (reserved.has(resource_type.toLowerCase())) {
        throw errors.name_taken(`${resource_type} means something else already`);
      }
      if (known.size >= mostTypes) throw errors.too_many_resources(`There may be ${mostTypes}`);
      const type = { _id: newId(), resource_type, schema, created_at: clock.nowMs() / 1000 };
      await refusingDuplicates(
        () => store.insertType(type),
        () => errors.name_taken(`There is a type ${resource_type}`),
      );
      known.set(resource_type, { type, check });
      return type;
    },
    remove: async (name) => {
      const { type } = known.get(name) ?? unknownType(name);
      await store.removeType(name);
      known.delete(name);
      return type;
    },
    checkOf: (name) => (known.get(name) ?? unknownType(name)).check,
  };
}

function unknownType(name: string): never {
  throw errors.resource_type_unknown(`No type ${name}`);
}
