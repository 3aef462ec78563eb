import { idAt } from "../../api/answers.ts";
import type { Api, Query } from "../../api/api.ts";
import type { CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { countOf, textOf, textsOf } from "../../input.ts";
import { findApplication, findService } from "../../resolve/resolve.ts";

const anyNumber = { min: 0, max: 2 ** 31 };

/**
 * The query of the options. Applications and services that are there are named by their ids, so that all ways to call them work;
 * what is gone keeps its name.
 *
 * @throws UsageError
 */
export async function eventFilter(input: CommandInput, api: Api): Promise<Query> {
  const [type, reason] = ["type", "reason"].map((name) => textsOf(input, name).join(","));
  const level = textOf(input, "level");
  if (level !== undefined && level !== "normal" && level !== "warning") {
    throw new UsageError(`--level is normal or warning, not ${JSON.stringify(level)}`);
  }
  return {
    application: await idOf(textOf(input, "application"), findApplication, api),
    service: await idOf(textOf(input, "service"), findService, api),
    instance: countOf(input, "instance", anyNumber),
    cluster: textOf(input, "cluster"),
    node: textOf(input, "node"),
    type: type || undefined,
    reason: reason || undefined,
    level,
    since: textOf(input, "since"),
  };
}

async function idOf(
  word: string | undefined,
  find: typeof findService,
  api: Api,
): Promise<string | undefined> {
  if (word === undefined || !word.includes(".")) return word;
  return idAt(await find(api, word), "microserviceID", "applicationID");
}
