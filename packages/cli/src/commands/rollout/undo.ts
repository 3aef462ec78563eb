import { docFrom, idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf } from "../../input.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { waitOf } from "../../wait.ts";
import { tellUpdate } from "../update/tell-update.ts";

export async function undoRollout(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const revision = countOf(input, "to", { min: 1, max: Number.MAX_SAFE_INTEGER });
  const limitMs = waitOf(input);
  const api = await context.api();
  const service = await findService(api, word);
  const id = idAt(service, "microserviceID");
  const body = revision === undefined ? {} : { revision };
  const path = apiPath`/api/service/${id}/rollback`;
  const answer = docFrom(await api.call("POST", path, { body }), "the rollback");
  await tellUpdate({ id, name: serviceNameOf(service), answer }, limitMs, context);
  return exitCodes.fine;
}
