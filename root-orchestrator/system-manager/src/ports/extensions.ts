import type {
  CustomResource,
  CustomResourceBody,
  CustomType,
  CustomTypeWrite,
  Hook,
  HookCreate,
  HookDelivery,
  HookPatch,
  HookWithSecret,
} from "@oak/contracts";

/** Hooks of the root's resource abstractor. All reject with the AppError that a user is to see. */
export interface Hooks {
  list(): Promise<Hook[]>;
  create(hook: HookCreate): Promise<HookWithSecret>;
  find(id: string): Promise<Hook>;
  patch(id: string, patch: HookPatch): Promise<HookWithSecret>;
  remove(id: string): Promise<void>;
  deliveries(id: string): Promise<HookDelivery[]>;
  test(id: string): Promise<HookDelivery>;
}

/** Kinds of resources that users have made, and the resources. Rejects as `Hooks` does. */
export interface CustomResources {
  types(): Promise<CustomType[]>;
  createType(type: CustomTypeWrite): Promise<CustomType>;
  removeType(type: string): Promise<void>;
  /** @param filter values by path, `spec.size` */
  list(type: string, filter: Readonly<Record<string, string>>): Promise<CustomResource[]>;
  create(type: string, body: CustomResourceBody): Promise<CustomResource>;
  find(type: string, id: string): Promise<CustomResource>;
  replace(type: string, id: string, body: CustomResourceBody): Promise<CustomResource>;
  patch(type: string, id: string, body: CustomResourceBody): Promise<CustomResource>;
  remove(type: string, id: string): Promise<void>;
}
