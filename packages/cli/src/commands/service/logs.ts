import { idAt, textAt } from "../../api/answers.ts";
import { ApiError } from "../../api/api-error.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag, textOf } from "../../input.ts";
import { findInstance, findService } from "../../resolve/resolve.ts";

/** The lines of one instance, as they come. A root that has no such route gives the end of its log that it knows. */
export async function printLogs(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = "", number] = argumentsOf(input, { required: ["ID|NAME"], optional: ["N"] });
  const query = {
    follow: hasFlag(input, "follow") || undefined,
    tail: countOf(input, "tail", { min: 0, max: 1_000_000 }),
    since: textOf(input, "since"),
    timestamps: hasFlag(input, "timestamps") || undefined,
  };
  const api = await context.api();
  const service = await findService(api, word);
  const instance = findInstance(service, number);
  const id = idAt(service, "microserviceID");
  const chosen = textAt(instance, "instance_number") ?? "";
  const headers = { accept: "text/plain, application/json" };
  try {
    const path = apiPath`/api/service/${id}/instance/${chosen}/logs`;
    for await (const line of await api.lines(path, { query, headers })) {
      context.out.text(`${line}\n`);
    }
  } catch (error) {
    if (!isWithoutRoute(error)) throw error;
    context.out.note("this root streams no logs; what follows is the end that it knows");
    const known = textAt(instance, "logs") ?? "";
    if (known !== "") context.out.text(known.endsWith("\n") ? known : `${known}\n`);
  }
  return exitCodes.fine;
}

/** The service and the instance were found just now: what is not there is the route. */
function isWithoutRoute(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const isRoute = error.code === undefined || /^no route/i.test(error.message);
  return (error.status === 404 && isRoute) || [405, 501].includes(error.status);
}
