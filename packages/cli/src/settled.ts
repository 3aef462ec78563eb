import { type Doc, docFrom, docsAt, numberAt, textAt } from "./api/answers.ts";
import type { Api } from "./api/api.ts";
import { ApiError } from "./api/api-error.ts";
import { apiPath } from "./api/api-path.ts";
import { isUp } from "./commands/service/until.ts";
import { CliError } from "./errors.ts";
import type { Output } from "./output/output.ts";
import { serviceNameOf } from "./resolve/resolve.ts";
import { type Look, waitUntil } from "./wait.ts";

export interface SettleWishes {
  limitMs: number;
  /** A rollout that has failed, or was taken back, is a failure: for those who have begun one. */
  isJudged: boolean;
}

/**
 * Waits until each of these services has as many instances as are wanted of it, all well, and no rollout goes on.
 *
 * @throws CliError when the time is over, or a rollout has failed
 */
export async function untilSettled(
  serviceIds: readonly string[],
  { limitMs, isJudged }: SettleWishes,
  { api, out }: { api: Api; out: Output },
): Promise<void> {
  const left = new Set(serviceIds);
  await waitUntil(limitMs, { out }, async () => {
    const shown: string[] = [];
    for (const id of left) {
      const rollout = await rolloutOf(api, id);
      const service = docFrom(await api.call("GET", apiPath`/api/service/${id}`), "the service");
      if (isJudged) refuseFailure(service, rollout);
      const look = lookAt(service, rollout);
      if (look.isDone) left.delete(id);
      else shown.push(look.shown);
    }
    return { isDone: left.size === 0, shown: shown.join("; ") };
  });
}

/** Undefined where the root knows no rollouts: then none goes on. @throws ApiError */
export async function rolloutOf(api: Api, serviceId: string): Promise<Doc | undefined> {
  try {
    const path = apiPath`/api/service/${serviceId}/rollout`;
    return docFrom(await api.call("GET", path), "the rollout");
  } catch (error) {
    if (error instanceof ApiError && [404, 405, 501].includes(error.status)) return undefined;
    throw error;
  }
}

/** Whether a rollout still changes something. */
export function isUnderWay(rollout: Doc): boolean {
  return ["progressing", "rolling_back"].includes(textAt(rollout, "state") ?? "");
}

/** Whether a rollout came to a bad end. */
export function hasFailed(rollout: Doc): boolean {
  return ["failed", "rolled_back"].includes(textAt(rollout, "state") ?? "");
}

/** `2 of 3 updated, 3 ready`, and what there is to say about it. */
export function progressOf(rollout: Doc): string {
  const [wanted, updated, ready] = ["replicas", "updated", "ready"].map((name) =>
    textAt(rollout, name),
  );
  const message = textAt(rollout, "message");
  const counts = `${updated ?? 0} of ${wanted ?? 0} updated, ${ready ?? 0} ready`;
  return message === undefined ? counts : `${counts}: ${message}`;
}

function refuseFailure(service: Doc, rollout: Doc | undefined): void {
  if (rollout === undefined || !hasFailed(rollout)) return;
  const name = serviceNameOf(service);
  const state = textAt(rollout, "state") === "failed" ? "failed" : "was rolled back";
  const why = textAt(rollout, "message") ?? textAt(rollout, "reason");
  throw new CliError(`the rollout of ${name} ${state}${why === undefined ? "" : `: ${why}`}`, {
    advice: [
      `\`oak events --service ${name}\` tells what happened, \`oak logs ${name}\` what it wrote`,
    ],
  });
}

function lookAt(service: Doc, rollout: Doc | undefined): Look {
  const name = serviceNameOf(service);
  if (rollout !== undefined && isUnderWay(rollout)) {
    return { isDone: false, shown: `${name}: ${progressOf(rollout)}` };
  }
  const instances = docsAt(service, "instance_list");
  const wanted = numberAt(service, "replicas") ?? instances.length;
  const up = instances.filter(isUp).length;
  const isDone = up === wanted && instances.length === wanted;
  return { isDone, shown: `${name}: ${up} of ${wanted} run${lackingOf(instances)}` };
}

function lackingOf(instances: readonly Doc[]): string {
  const lacking = instances.find((one) => !isUp(one));
  if (lacking === undefined) return "";
  const detail = textAt(lacking, "status_detail");
  const status = textAt(lacking, "status") ?? "no status yet";
  return `; ${textAt(lacking, "instance_number")} is ${status}${detail === undefined ? "" : ` (${detail})`}`;
}
