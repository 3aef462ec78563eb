import { gunzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { bodyIsOptional } from "./document/complete-operation.ts";
import { finishDocument } from "./document/finish-document.ts";
import { extractReferenceScript } from "./reference-script.ts";

export interface DocsOptions {
  title: string;
  version: string;
  description?: string;
  /** Where the script of the reference page comes from; a test may bring a short one. */
  referenceScript?: () => Promise<Buffer>;
}

const documentPath = "/docs/openapi.json";
const pagePath = "/api/docs";
const scriptPath = "/api/docs/reference.js";

/** The page may load from where it came and from nowhere else: it works offline and tells nobody. */
const contentPolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
].join("; ");

/**
 * upstream: every service serves its document at /docs/openapi.json and a page at /api/docs.
 * Must be called before the routes are added: the document collects them as they come.
 */
export async function addDocs(app: FastifyInstance, options: DocsOptions): Promise<void> {
  const { title, version, description } = options;
  const [{ default: swagger }, { jsonSchemaTransform, jsonSchemaTransformObject }] =
    await Promise.all([import("@fastify/swagger"), import("fastify-type-provider-zod")]);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title, version, ...(description === undefined ? {} : { description }) },
      components: {
        securitySchemes: { bearerAuth: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
      security: [{ bearerAuth: [] }],
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      // A route says by its schema whether it can do without a body; JSON Schema has no word for it.
      const mark = takesNoBody(route.schema?.body) ? { [bodyIsOptional]: true } : {};
      return { schema: { ...schema, ...mark }, url };
    },
    transformObject: (document) => finishDocument(jsonSchemaTransformObject(document)),
  });

  const schema = { hide: true };
  app.get(documentPath, { schema }, async () => app.swagger());
  app.get(pagePath, { schema }, async (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", contentPolicy)
      .send(referencePage(title)),
  );
  addScriptRoute(app, options.referenceScript ?? extractReferenceScript);
}

function takesNoBody(body: unknown): boolean {
  return body !== undefined && (body as z.ZodType).safeParse(undefined).success;
}

function addScriptRoute(app: FastifyInstance, load: () => Promise<Buffer>): void {
  let script: Promise<Buffer> | undefined;
  app.get(scriptPath, { schema: { hide: true } }, async (request, reply) => {
    script ??= load();
    // A failure must not be remembered: the next visitor tries again.
    script.catch(() => {
      script = undefined;
    });
    const zipped = await script;
    const takesGzip = request.headers["accept-encoding"]?.includes("gzip") ?? false;
    reply.type("text/javascript; charset=utf-8").header("vary", "accept-encoding");
    reply.header("cache-control", "public, max-age=86400");
    return takesGzip
      ? reply.header("content-encoding", "gzip").send(zipped)
      : reply.send(gunzipSync(zipped));
  });
}

function referencePage(title: string): string {
  // No fonts, agents or telemetry from elsewhere: a site without internet has the whole page.
  const configuration = {
    url: documentPath,
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
</head>
<body>
<noscript>The document is at <a href="${documentPath}">${documentPath}</a>.</noscript>
<script id="api-reference" data-url="${documentPath}"
  data-configuration="${escapeHtml(JSON.stringify(configuration))}"></script>
<script src="${scriptPath}"></script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
