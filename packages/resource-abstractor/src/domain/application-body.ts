import { Application, Id } from "@oak/contracts";
import { z } from "zod";
import { assertStorable, withoutKeys } from "./storable.ts";

const given = Application.omit({ rev: true, applicationID: true });

/** Body of `POST /api/v1/applications`; the id is given here unless the caller brings one. */
export const ApplicationWrite = given
  .extend({
    _id: Id.exactOptional(),
    application_desc: z.string().exactOptional(),
    microservices: z.array(Id).exactOptional(),
  })
  .meta({ id: "ApplicationWrite" });
export type ApplicationWrite = z.infer<typeof ApplicationWrite>;

/** Body of `PATCH /api/v1/applications/{id}`. */
export const ApplicationPatch = given
  .partial()
  .extend({ if_version: z.int().min(0).exactOptional() })
  .meta({ id: "ApplicationPatch" });
export type ApplicationPatch = z.infer<typeof ApplicationPatch>;

const ownKeys: ReadonlySet<string> = new Set(["_id", "applicationID", "rev", "if_version"]);

/** upstream: `applicationID` repeats `_id`. */
export function newApplication(body: ApplicationWrite, id: string): Application {
  assertStorable(body);
  return Application.parse({
    application_desc: "",
    microservices: [],
    ...withoutKeys(body, ownKeys),
    _id: id,
    applicationID: id,
    rev: 1,
  });
}

export function applicationChange(body: ApplicationPatch): Record<string, unknown> {
  assertStorable(body);
  return withoutKeys(body, ownKeys);
}
