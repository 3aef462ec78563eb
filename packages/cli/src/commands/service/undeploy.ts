import { type Doc, docsAt, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { isConfirmed } from "../../confirm.ts";
import { CliError, UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag, textOf } from "../../input.ts";
import { listServices } from "../../resolve/own-lists.ts";
import { findInstance, findService, serviceNameOf } from "../../resolve/resolve.ts";
import { waitOf } from "../../wait.ts";
import { untilNoMoreThan } from "./until.ts";

export async function undeploy(input: CommandInput, context: CommandContext): Promise<number> {
  const { word, number } = whatOf(input);
  const limitMs = waitOf(input);
  const client = await context.api();
  const services =
    word === undefined ? await listServices(client) : [await findService(client, word)];
  const what = word ?? "your services";
  // One that is named is meant; many at once are asked for.
  const isMany = number === undefined && (word === undefined || services.some(hasSeveral));
  if (isMany && !(await isConfirmed(`Stop all instances of ${what}?`, input, context))) {
    throw new CliError("nothing was stopped");
  }
  const stopped: string[] = [];
  for (const service of services) {
    const all = docsAt(service, "instance_list");
    const chosen = number === undefined ? all : [findInstance(service, number)];
    stopped.push(...(await stop(service, chosen, client)));
    if (limitMs !== undefined) {
      const id = idAt(service, "microserviceID");
      const { out } = context;
      await untilNoMoreThan(all.length - chosen.length, id, limitMs, { out, client });
    }
  }
  const sentence = stopped.length === 0 ? `${what}: no instances` : `stopped ${stopped.join(", ")}`;
  await context.out.done(sentence, { stopped });
  return exitCodes.fine;
}

interface What {
  /** Undefined with `--all` */
  word: string | undefined;
  number: string | undefined;
}

/** @throws UsageError */
function whatOf(input: CommandInput): What {
  const args = argumentsOf(input, { optional: ["ID|NAME", "N"] });
  const word = args[0] ?? textOf(input, "service-id");
  const number = args[1] ?? textOf(input, "instance-id");
  const isForAll = hasFlag(input, "all");
  if (isForAll && word !== undefined) throw new UsageError("a name and --all exclude each other");
  if (!isForAll && word === undefined) throw new UsageError("ID|NAME is missing");
  return { word, number };
}

/** One request an instance; answers their names. */
export async function stop(service: Doc, instances: readonly Doc[], api: Api): Promise<string[]> {
  const id = idAt(service, "microserviceID");
  const stopped: string[] = [];
  for (const instance of instances) {
    const number = textAt(instance, "instance_number") ?? "";
    await api.call("DELETE", apiPath`/api/service/${id}/instance/${number}`);
    stopped.push(`${serviceNameOf(service)} ${number}`);
  }
  return stopped;
}

function hasSeveral(service: Doc): boolean {
  return docsAt(service, "instance_list").length > 1;
}
