import { Message, Upload, UploadAnswer } from "@oak/contracts";
import { AppError, type HttpApp } from "@oak/kit";
import type { FastifyRequest } from "fastify";
import { errors } from "../errors.ts";
import { readUpload, type UploadedFile } from "../use-cases/read-upload.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { uncheckedBody } from "./unchecked-body.ts";

/** The largest SLA that is taken, with what multipart adds. */
const bodyLimit = 256 * 1024;
const tags = ["applications"];
const summary = "Look at an SLA in a file";
const description =
  "Multipart with a field `file`. Answers what the SLA says, or everything that is wrong with it; nothing is stored.";

/** upstream: the first of these is open to everybody and fills the disk; the dashboard calls the second. */
export function addUploaderRoutes(app: HttpApp, { gates }: { gates: Gates }): void {
  app.register(async (plugin) => {
    const scoped = plugin as HttpApp;
    scoped.addContentTypeParser(
      "multipart/form-data",
      { parseAs: "buffer", bodyLimit },
      async (request: FastifyRequest, body: Buffer) =>
        fileIn(body, request.headers["content-type"] ?? ""),
    );
    addUploader(scoped, "/frontend/uploader", gates);
    addUploader(scoped, "/api/uploader", gates);
  });
}

function addUploader(app: HttpApp, path: string, gates: Gates): void {
  app.get(
    path,
    {
      onRequest: gates.userStrict,
      schema: { tags, summary: "How to upload an SLA", response: responses(Message, 401, 403) },
    },
    async () => ({ message: "POST an SLA here, as multipart/form-data with a field file" }),
  );
  app.post(
    path,
    {
      onRequest: [gates.userStrict, gates.provider],
      bodyLimit,
      validatorCompiler: uncheckedBody,
      schema: {
        tags,
        summary,
        description,
        consumes: ["multipart/form-data"],
        body: Upload,
        response: responses(UploadAnswer, 400, 401, 403, 413, 415, 422),
      },
    },
    async (request) => {
      const body: unknown = request.body;
      if (!isFile(body)) throw noFile();
      return readUpload(body, callerOf(request));
    },
  );
}

/** Node's own reader of forms: the whole body is in memory already, and small. */
async function fileIn(body: Buffer, contentType: string): Promise<UploadedFile> {
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { "content-type": contentType },
    }).formData();
    const file = form.get("file");
    if (file === null) throw noFile();
    return typeof file === "string"
      ? { name: "file.txt", text: file }
      : { name: file.name, text: await file.text() };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw errors.malformed_body({ detail: "The form cannot be read", cause: error });
  }
}

function isFile(body: unknown): body is UploadedFile {
  return typeof body === "object" && body !== null && "name" in body && "text" in body;
}

function noFile(): AppError {
  return errors.bad_request("Send an SLA as multipart/form-data with a field file");
}
