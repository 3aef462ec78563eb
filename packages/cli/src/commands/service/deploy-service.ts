import { docFrom, docsAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { apiPath } from "../../api/api-path.ts";
import type { Output } from "../../output/output.ts";
import { serviceNameOf } from "../../resolve/resolve.ts";

export interface DeployWish {
  /** Leaves a service alone that has instances. */
  onlyIfNone: boolean;
  out: Pick<Output, "note">;
}

/** One instance more. Answers whether there is one. */
export async function deployService(
  api: Api,
  id: string,
  { onlyIfNone, out }: DeployWish,
): Promise<boolean> {
  if (onlyIfNone) {
    const service = docFrom(await api.call("GET", apiPath`/api/service/${id}`), "the service");
    const count = docsAt(service, "instance_list").length;
    if (count > 0) {
      out.note(`${serviceNameOf(service)} has ${count} already`);
      return false;
    }
  }
  // upstream: no body, and no content type
  await api.call("POST", apiPath`/api/service/${id}/instance`);
  return true;
}
