import type { Sla, UploadAnswer } from "@oak/contracts";
import { warningsOf } from "@oak/core";
import { AppError, parseJsonBody } from "@oak/kit";
import { parse } from "yaml";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import { readSla } from "./read-sla.ts";

/** A file as it came. */
export interface UploadedFile {
  name: string;
  text: string;
}

/** More would be a way to write a small file that becomes a huge document. */
const mostAliases = 20;

/**
 * Says what an SLA says that somebody has uploaded; nothing is stored.
 * @throws AppError unsupported_media_type, malformed_body, invalid_input, sla_invalid
 */
export function readUpload({ name, text }: UploadedFile, caller: Caller): UploadAnswer {
  const sla = readSla(documentIn(name, text), caller);
  return { path: plainName(name), ...summaryOf(sla) };
}

function documentIn(name: string, text: string): unknown {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (ending === "json") return parseJsonBody(text);
  if (ending === "yml" || ending === "yaml") return fromYaml(text);
  if (ending !== "txt") {
    throw errors.unsupported_media_type(
      "Send a file whose name ends in .json, .txt, .yml or .yaml",
    );
  }
  return text.trimStart().startsWith("{") ? parseJsonBody(text) : fromYaml(text);
}

function fromYaml(text: string): unknown {
  try {
    const value: unknown = parse(text, { maxAliasCount: mostAliases, logLevel: "error" });
    // Once through JSON, whose rules about depth and keys count for this form too.
    return parseJsonBody(JSON.stringify(value) ?? "null");
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    throw errors.malformed_body({ detail: `The file is not YAML: ${reason}`, cause: error });
  }
}

/** upstream: the place on the server's disk. */
function plainName(name: string): string {
  return (
    name
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/[^\w. -]/g, "_")
      .slice(-100) ?? ""
  );
}

function summaryOf(sla: Sla): Omit<UploadAnswer, "path"> {
  return {
    sla_version: sla.sla_version,
    applications: sla.applications.map((application) => ({
      application_name: application.application_name,
      application_namespace: application.application_namespace,
      microservices: application.microservices.map((service) => service.microservice_name),
    })),
    warnings: warningsOf(sla),
  };
}
