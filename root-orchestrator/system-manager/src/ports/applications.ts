import type { Application, Id } from "@oak/contracts";

/** What a change of an application may touch. */
export type ApplicationPatch = Partial<
  Pick<
    Application,
    "application_name" | "application_namespace" | "application_desc" | "microservices"
  >
>;

/** A compare-and-set: `conflict` when the document moved on, `gone` when it does not exist. */
export type Changed<T> =
  | { ok: true; value: T }
  | { ok: false; reason: "conflict" | "gone" | "name_taken" };

/** A creation that a unique name can refuse. */
export type Created<T> = { ok: true; value: T } | { ok: false; reason: "name_taken" };

/** The applications of the root. All methods reject when the store cannot be reached. */
export interface ApplicationStore {
  /** All, or those of one user or organization. */
  list(filter?: { userId?: string; organization_id?: Id }): Promise<Application[]>;
  find(id: Id): Promise<Application | undefined>;
  /** `name_taken` when this user has an application of that name and namespace. */
  create(application: Application): Promise<Created<Application>>;
  patch(id: Id, patch: ApplicationPatch, ifVersion: number): Promise<Changed<Application>>;
  /** Nothing happens when it is gone already. */
  remove(id: Id): Promise<void>;
}
