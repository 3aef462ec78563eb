import { type Doc, docFrom, docsAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext } from "../../command.ts";
import { serviceNameOf } from "../../resolve/resolve.ts";
import { type Look, waitUntil } from "../../wait.ts";

/** A context with a client. */
export type Asking = Pick<CommandContext, "out"> & { client: Api };

/** Waits until every instance of these services runs, or has done its work. A service without instances is waited for by nobody. */
export async function untilRunning(
  serviceIds: readonly string[],
  limitMs: number,
  asking: Asking,
): Promise<void> {
  await untilEach(serviceIds, limitMs, asking, lookForRunning);
}

/** Waits until a service has at most so many instances, whatever becomes of those. */
export async function untilNoMoreThan(
  count: number,
  serviceId: string,
  limitMs: number,
  asking: Asking,
): Promise<void> {
  await untilEach([serviceId], limitMs, asking, (service) => {
    const left = docsAt(service, "instance_list").length;
    return { isDone: left <= count, shown: `${left} of ${serviceNameOf(service)} are left` };
  });
}

async function untilEach(
  serviceIds: readonly string[],
  limitMs: number,
  { client, out }: Asking,
  lookAt: (service: Doc) => Look,
): Promise<void> {
  const waiting = new Set(serviceIds);
  await waitUntil(limitMs, { out }, async () => {
    const shown: string[] = [];
    for (const id of waiting) {
      const answer = await client.call("GET", apiPath`/api/service/${id}`);
      const look = lookAt(docFrom(answer, "the service"));
      if (look.isDone) waiting.delete(id);
      else shown.push(look.shown);
    }
    return { isDone: waiting.size === 0, shown: shown.join("; ") };
  });
}

/** What is well: it runs, or it was to do something once and has done it. */
export function isUp(instance: Doc): boolean {
  return ["RUNNING", "COMPLETED"].includes((textAt(instance, "status") ?? "").toUpperCase());
}

function lookForRunning(service: Doc): Look {
  const instances = docsAt(service, "instance_list");
  const lacking = instances.filter((one) => !isUp(one));
  const states = lacking.map((one) => {
    const detail = textAt(one, "status_detail");
    const status = textAt(one, "status") ?? "no status yet";
    return `${serviceNameOf(service)} ${textAt(one, "instance_number")}: ${status}${detail === undefined ? "" : ` (${detail})`}`;
  });
  return { isDone: lacking.length === 0, shown: states.join("; ") };
}
