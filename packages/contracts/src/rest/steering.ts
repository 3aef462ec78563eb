import { z } from "zod";
import { SlaWarning } from "../application.ts";
import { Id } from "../ids.ts";
import { RolloutState } from "../rollout.ts";
import { SLA_LIMITS } from "../sla/limits.ts";

const count = z.int().min(0);

/** `PUT /api/service/{id}/scale`. */
export const ScaleBody = z
  .strictObject({
    replicas: z.int().min(0).max(SLA_LIMITS.instancesPerService).describe("instances wanted"),
  })
  .meta({ id: "ScaleBody", examples: [{ replicas: 3 }] });
export type ScaleBody = z.infer<typeof ScaleBody>;

export const Scaled = z
  .object({
    message: z.literal("ok"),
    replicas: count,
    added: z.array(count).describe("instance numbers"),
    removed: z.array(count).describe("instance numbers"),
  })
  .meta({
    id: "Scaled",
    examples: [{ message: "ok", replicas: 3, added: [1, 2], removed: [] }],
  });
export type Scaled = z.infer<typeof Scaled>;

/** `PUT /api/service/{id}` and `POST /api/service/{id}/rollback`. */
export const ServiceUpdated = z
  .object({
    message: z.string(),
    revision: z.int().min(1).describe("that is wanted now"),
    changed: z.boolean().describe("false: the document says what is stored, and nothing happens"),
    warnings: z.array(SlaWarning),
  })
  .meta({
    id: "ServiceUpdated",
    examples: [{ message: "Revision 2 is rolled out", revision: 2, changed: true, warnings: [] }],
  });
export type ServiceUpdated = z.infer<typeof ServiceUpdated>;

/** `POST /api/service/{id}/rollback`. */
export const RollbackBody = z
  .strictObject({
    revision: z.int().min(1).exactOptional().describe("absent: the one before the present one"),
  })
  .meta({ id: "RollbackBody", examples: [{ revision: 1 }] });
export type RollbackBody = z.infer<typeof RollbackBody>;

/** An item of `GET /api/service/{id}/revisions`. */
export const RevisionView = z
  .object({
    revision: z.int().min(1),
    created_at: z.number().describe("Unix seconds"),
    created_by: z.string(),
    current: z.boolean(),
    spec: z.record(z.string(), z.unknown()).describe("the microservice, as an SLA has it"),
  })
  .meta({ id: "RevisionView" });
export type RevisionView = z.infer<typeof RevisionView>;

/** `GET /api/service/{id}/rollout`. */
export const RolloutView = z
  .object({
    state: RolloutState,
    revision: z.int().min(1),
    from_revision: z.int().min(1).nullable(),
    replicas: count.describe("instances wanted"),
    updated: count.describe("instances of the revision that it goes to"),
    ready: count.describe("instances that run, of whatever revision"),
    reason: z.string().describe("machine reason, empty while all is well"),
    message: z.string().describe("one sentence"),
    started_at: z.number().nullable().describe("Unix seconds"),
    ended_at: z.number().nullable(),
  })
  .meta({ id: "RolloutView" });
export type RolloutView = z.infer<typeof RolloutView>;

const Change = z.enum(["create", "update", "none"]);

export const FieldChange = z
  .object({
    path: z.string().describe("JSON pointer inside the microservice"),
    from: z.unknown().optional(),
    to: z.unknown().optional(),
  })
  .meta({ id: "FieldChange" });
export type FieldChange = z.infer<typeof FieldChange>;

export const ServiceChange = z
  .object({
    microservice_name: z.string(),
    microservice_namespace: z.string(),
    service_id: Id.nullable(),
    change: z.enum([...Change.options, "delete"]),
    fields: z.array(FieldChange),
    error: z
      .object({ status: z.int(), message: z.string() })
      .exactOptional()
      .describe("why it could not be done; everything else was, and the request can be repeated"),
  })
  .meta({ id: "ServiceChange" });
export type ServiceChange = z.infer<typeof ServiceChange>;

export const ApplicationDiff = z
  .object({
    application_name: z.string(),
    application_namespace: z.string(),
    application_id: Id.nullable(),
    change: Change,
    services: z.array(ServiceChange),
  })
  .meta({ id: "ApplicationDiff" });
export type ApplicationDiff = z.infer<typeof ApplicationDiff>;

/** What a document changes, or has changed: the answer of diff, apply and every dry run. */
export const SlaDiff = z
  .object({
    applications: z.array(ApplicationDiff),
    dry_run: z.boolean(),
    warnings: z.array(SlaWarning),
  })
  .meta({ id: "SlaDiff" });
export type SlaDiff = z.infer<typeof SlaDiff>;
