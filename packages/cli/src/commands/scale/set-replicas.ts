import { docFrom, idAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countFrom } from "../../input.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { untilSettled } from "../../settled.ts";
import { waitOf } from "../../wait.ts";

export async function setReplicas(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = "", text = ""] = argumentsOf(input, { required: ["ID|NAME", "COUNT"] });
  const replicas = countFrom("COUNT", text, { min: 0, max: 1_000_000 });
  const limitMs = waitOf(input);
  const api = await context.api();
  const service = await findService(api, word);
  const id = idAt(service, "microserviceID");
  const path = apiPath`/api/service/${id}/scale`;
  const answer = docFrom(await api.call("PUT", path, { body: { replicas } }), "the scale");
  const { out } = context;
  if (limitMs !== undefined) await untilSettled([id], { limitMs, isJudged: false }, { api, out });
  const [added, removed] = ["added", "removed"].map((name) => numbersIn(answer[name]));
  const changes = [added && `started: ${added}`, removed && `ended: ${removed}`].filter(Boolean);
  const tail = changes.length === 0 ? "nothing to change" : changes.join("; ");
  const noun = replicas === 1 ? "instance" : "instances";
  const verb = limitMs === undefined ? "wanted" : "there";
  await out.done(`${serviceNameOf(service)}: ${replicas} ${noun} ${verb} (${tail})`, answer);
  return exitCodes.fine;
}

/** `2, 5, 7–99`: of hundreds nobody reads each. */
function numbersIn(value: unknown): string {
  const numbers = Array.isArray(value) ? value.filter((one) => typeof one === "number") : [];
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  const words = runs.map(({ first, last }) => {
    if (first === last) return String(first);
    return `${first}${last - first === 1 ? ", " : "–"}${last}`;
  });
  return words.join(", ");
}
