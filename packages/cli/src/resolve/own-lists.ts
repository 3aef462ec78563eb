import { type Doc, idAt } from "../api/answers.ts";
import type { Api, ListOptions } from "../api/api.ts";
import { ApiError } from "../api/api-error.ts";
import { apiPath } from "../api/api-path.ts";
import { ownAccount } from "../api/own-account.ts";

/** All applications for administrators, their own for others. upstream: the list of all is for administrators. */
export async function listApplications(api: Api, options: ListOptions = {}): Promise<Doc[]> {
  try {
    return await api.list("/api/applications", options);
  } catch (error) {
    const user = isForbidden(error) ? await ownId(api) : undefined;
    if (user === undefined) throw error;
    return api.list(apiPath`/api/applications/${user}`, options);
  }
}

/** The services of {@link listApplications}. */
export async function listServices(api: Api, options: ListOptions = {}): Promise<Doc[]> {
  try {
    return await api.list("/api/services/", options);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const services: Doc[] = [];
    for (const application of await listApplications(api)) {
      const path = apiPath`/api/services/${idAt(application, "applicationID")}`;
      services.push(...(await api.list(path, options)));
    }
    return services.slice(0, options.limit);
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

async function ownId(api: Api): Promise<string | undefined> {
  const account = await ownAccount(api);
  return account && idAt(account);
}
