import { z } from "zod";
import { Id } from "../ids.ts";
import { ResourceTypeName } from "./hooks.ts";

/** `POST /api/v1/custom-resources`: a new kind of resource. */
export const CustomTypeWrite = z
  .strictObject({
    resource_type: ResourceTypeName,
    schema: z
      .record(z.string(), z.unknown())
      .describe("JSON Schema, draft 2020-12, or draft 7 where `$schema` says so"),
  })
  .meta({
    id: "CustomTypeWrite",
    examples: [
      {
        resource_type: "camera",
        schema: {
          type: "object",
          properties: { address: { type: "string" }, fps: { type: "integer", minimum: 1 } },
          required: ["address"],
        },
      },
    ],
  });
export type CustomTypeWrite = z.infer<typeof CustomTypeWrite>;

export const CustomType = z
  .object({
    _id: Id,
    resource_type: z.string(),
    schema: z.record(z.string(), z.unknown()),
    created_at: z.number().describe("Unix seconds"),
  })
  .meta({ id: "CustomType" });
export type CustomType = z.infer<typeof CustomType>;

/** One resource of such a kind: `_id`, and what its schema says. */
export const CustomResource = z.looseObject({ _id: Id }).meta({ id: "CustomResource" });
export type CustomResource = z.infer<typeof CustomResource>;

/** A body of a resource; the schema of its kind is what checks it. */
export const CustomResourceBody = z
  .record(z.string(), z.unknown())
  .meta({ id: "CustomResourceBody", examples: [{ address: "rtsp://192.0.2.7/1", fps: 25 }] });
export type CustomResourceBody = z.infer<typeof CustomResourceBody>;
