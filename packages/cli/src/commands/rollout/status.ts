import { type Doc, docFrom, idAt, textAt, timeAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, hasFlag } from "../../input.ts";
import type { Fields } from "../../output/output.ts";
import { streamed } from "../../output/streamed.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { hasFailed, isUnderWay, progressOf } from "../../settled.ts";
import { waitUntil } from "../../wait.ts";

export async function rolloutStatus(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const api = await context.api();
  const service = await findService(api, word);
  const id = idAt(service, "microserviceID");
  const name = serviceNameOf(service);
  const rollout = hasFlag(input, "watch")
    ? await watch({ id, name }, api, context)
    : await stateOf(api, id);
  if (!hasFlag(input, "watch")) await context.out.show(rollout, () => fieldsOf(name, rollout));
  return hasFailed(rollout) ? exitCodes.failed : exitCodes.fine;
}

const day = 86_400_000;

/** Tells each change as it comes; answers the state at the end. */
async function watch(
  { id, name }: { id: string; name: string },
  api: Api,
  { io, out }: CommandContext,
): Promise<Doc> {
  let last: Doc = {};
  await waitUntil(day, { out }, async () => {
    const rollout = await stateOf(api, id);
    const shown = `${name}: ${textAt(rollout, "state")}: ${progressOf(rollout)}`;
    if (JSON.stringify(rollout) !== JSON.stringify(last)) {
      if (out.isForPrograms) io.out(await streamed(rollout, out));
      else await out.done(shown, rollout);
    }
    last = rollout;
    return { isDone: !isUnderWay(rollout), shown };
  });
  return last;
}

async function stateOf(api: Api, id: string): Promise<Doc> {
  return docFrom(await api.call("GET", apiPath`/api/service/${id}/rollout`), "the rollout");
}

function fieldsOf(name: string, rollout: Doc): Fields {
  return [
    ["service", name],
    ["status", textAt(rollout, "state")],
    ["revision", textAt(rollout, "revision")],
    ["from revision", textAt(rollout, "from_revision")],
    ["instances wanted", textAt(rollout, "replicas")],
    ["updated", textAt(rollout, "updated")],
    ["ready", textAt(rollout, "ready")],
    ["reason", textAt(rollout, "reason")],
    ["message", textAt(rollout, "message")],
    ["started", timeAt(rollout, "started_at")],
    ["ended", timeAt(rollout, "ended_at")],
  ];
}
