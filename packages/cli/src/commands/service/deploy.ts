import { idAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { hasFlag } from "../../input.ts";
import { listServices } from "../../resolve/own-lists.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { waitOf } from "../../wait.ts";
import { deployService } from "./deploy-service.ts";
import { untilRunning } from "./until.ts";

export async function deploy(input: CommandInput, context: CommandContext): Promise<number> {
  const isForAll = hasFlag(input, "all");
  if (isForAll === input.args.length > 0) {
    throw new UsageError(isForAll ? "a name and --all exclude each other" : "ID|NAME is missing");
  }
  const limitMs = waitOf(input);
  const { out } = context;
  const api = await context.api();
  const services = isForAll ? await listServices(api) : await allOf(input.args, api);
  const deployed: string[] = [];
  for (const service of services) {
    const id = idAt(service, "microserviceID");
    const isNew = await deployService(api, id, { onlyIfNone: isForAll, out });
    if (isNew) deployed.push(serviceNameOf(service));
  }
  const ids = services.map((one) => idAt(one, "microserviceID"));
  if (limitMs !== undefined) await untilRunning(ids, limitMs, { out, client: api });
  const verb = limitMs === undefined ? "wanted: one more of" : "running: one more of";
  await out.done(deployed.length === 0 ? "nothing to deploy" : `${verb} ${deployed.join(", ")}`, {
    deployed,
  });
  return exitCodes.fine;
}

/** All are found before the first is deployed. */
async function allOf(words: readonly string[], api: Api) {
  const found = [];
  for (const word of words) found.push(await findService(api, word));
  return found;
}
