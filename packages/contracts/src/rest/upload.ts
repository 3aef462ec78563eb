import { z } from "zod";
import { SlaWarning } from "../application.ts";

/** `POST /api/uploader`: what an uploaded SLA says. */
export const UploadAnswer = z
  .object({
    path: z.string().describe("name of the file; nothing is kept of it"),
    sla_version: z.string(),
    applications: z.array(
      z.object({
        application_name: z.string(),
        application_namespace: z.string(),
        microservices: z.array(z.string()).describe("names"),
      }),
    ),
    warnings: z.array(SlaWarning),
  })
  .meta({ id: "UploadAnswer" });
export type UploadAnswer = z.infer<typeof UploadAnswer>;

/** Its body, as multipart/form-data. */
export const Upload = z
  .object({ file: z.string().describe("an SLA in JSON or YAML: .json, .txt, .yml or .yaml") })
  .meta({
    id: "Upload",
    examples: [{ file: '{"sla_version":"v2.0","customerID":"1","applications":[]}' }],
  });
export type Upload = z.infer<typeof Upload>;
