import { type Doc, docFrom, docsAt, textAt } from "../../api/answers.ts";
import type { CommandInput, CommandIo } from "../../command.ts";
import { readDocument } from "../../document.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { textOf } from "../../input.ts";
import { notFound } from "../../resolve/pick.ts";
import { serviceNameOf } from "../../resolve/resolve.ts";

/** What a service shall be: of a file, or as it is with another image. */
export type SpecWish = { document: unknown } | { image: string };

/** @throws UsageError, CliError */
export async function wishFrom(
  input: CommandInput,
  io: Pick<CommandIo, "readInput">,
): Promise<SpecWish> {
  const file = textOf(input, "file");
  const image = textOf(input, "image");
  if ((file === undefined) === (image === undefined)) {
    throw new UsageError(file === undefined ? "-f FILE or --image is missing" : "-f or --image");
  }
  return image === undefined ? { document: await readDocument(file ?? "", io) } : { image };
}

/** The service that a document describes, alone or as one of an SLA. @throws CliError */
export function specIn(document: unknown, service: Doc): Doc {
  const doc = docFrom(document, "the file");
  const specs = docsAt(doc, "applications").flatMap((one) => docsAt(one, "microservices"));
  if (doc["applications"] === undefined) return doc;
  const name = serviceNameOf(service);
  const namespace = textAt(service, "microservice_namespace");
  const named = specs.filter((one) => textAt(one, "microservice_name") === name);
  const found = named.find((one) => textAt(one, "microservice_namespace") === namespace);
  const [spec] = found === undefined ? named : [found];
  if (spec !== undefined) return spec;
  throw notFound(
    "service in this SLA called",
    name,
    specs.map((one) => textAt(one, "microservice_name") ?? ""),
  );
}

/** @throws CliError when the root does not tell what the service is */
export function withImage(spec: Doc | undefined, image: string): Doc {
  if (spec === undefined || Object.keys(spec).length === 0) {
    throw new CliError("this root does not tell what the service is made of", {
      exitCode: exitCodes.failed,
      advice: ["`oak update NAME -f FILE` says all of it"],
    });
  }
  const { image: _older, ...rest } = spec;
  return { ...rest, code: image };
}
