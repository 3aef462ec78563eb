import { createApi } from "../../api/api.ts";
import { createTransport } from "../../api/transport.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { serverUrlOf } from "../../config/server-url.ts";
import { isConfirmed } from "../../confirm.ts";
import { readDocument } from "../../document.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, textOf } from "../../input.ts";

const paths = { project: "/api/flops/projects", "mock-data": "/api/flops/mocks" } as const;

export async function sendTo(
  what: keyof typeof paths,
  { input, context }: { input: CommandInput; context: CommandContext },
): Promise<number> {
  argumentsOf(input, {});
  const file = textOf(input, "file");
  if (file === undefined) throw new UsageError("-f FILE is missing");
  const body = await readDocument(file, context.io);
  const flops = await flopsOf(input, context);
  await context.out.document(await flops.call("POST", paths[what], { body }));
  return exitCodes.fine;
}

export async function showTracking(input: CommandInput, context: CommandContext): Promise<number> {
  const [customer = "Admin"] = argumentsOf(input, { optional: ["CUSTOMER"] });
  const flops = await flopsOf(input, context);
  const query = { customerID: customer };
  await context.out.document(await flops.call("GET", "/api/flops/tracking", { query }));
  return exitCodes.fine;
}

export async function resetDatabase(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  if (!(await isConfirmed("Delete all that FLOps knows?", input, context))) {
    throw new CliError("nothing was deleted");
  }
  const flops = await flopsOf(input, context);
  await context.out.document(await flops.call("DELETE", "/api/flops/database"));
  return exitCodes.fine;
}

/** It takes the tokens of its root. */
async function flopsOf(input: CommandInput, context: CommandContext) {
  const settings = await context.settings();
  const url = textOf(input, "url");
  const server = url === undefined ? besideRoot(settings.server) : serverUrlOf(url);
  const { session } = await context.api();
  return createApi(await createTransport({ ...settings, server }), session);
}

function besideRoot(root: string): string {
  const { protocol, hostname } = new URL(root);
  return `${protocol}//${hostname}:5072`;
}
