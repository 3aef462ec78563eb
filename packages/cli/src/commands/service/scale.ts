import { docFrom, docsAt, idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countFrom } from "../../input.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { waitOf } from "../../wait.ts";
import { deployService } from "./deploy-service.ts";
import { stop } from "./undeploy.ts";
import { untilNoMoreThan, untilRunning } from "./until.ts";

/**
 * upstream: one request an instance. So two of these at the same time add up, where setting the number would lose one.
 */
export async function scaleBy(
  direction: "up" | "down",
  { input, context }: { input: CommandInput; context: CommandContext },
): Promise<number> {
  const [word = "", text = ""] = argumentsOf(input, { required: ["ID|NAME", "COUNT"] });
  const count = countFrom("COUNT", text, { min: 1, max: 1_000 });
  const limitMs = waitOf(input);
  const { out } = context;
  const client = await context.api();
  const service = await findService(client, word);
  const id = idAt(service, "microserviceID");
  const instances = docsAt(service, "instance_list");
  if (direction === "up") {
    for (let at = 0; at < count; at += 1) {
      await deployService(client, id, { onlyIfNone: false, out });
    }
    if (limitMs !== undefined) await untilRunning([id], limitMs, { out, client });
  } else {
    if (count > instances.length) {
      throw new CliError(
        `${serviceNameOf(service)} has ${instances.length} instances, not ${count}`,
        {
          exitCode: exitCodes.refused,
        },
      );
    }
    await stop(service, instances.slice(0, count), client);
    const left = instances.length - count;
    if (limitMs !== undefined) await untilNoMoreThan(left, id, limitMs, { out, client });
  }
  const now = docFrom(await client.call("GET", apiPath`/api/service/${id}`), "the service");
  const total = docsAt(now, "instance_list").length;
  await out.done(`${serviceNameOf(service)}: ${total} instances`, now);
  return exitCodes.fine;
}
