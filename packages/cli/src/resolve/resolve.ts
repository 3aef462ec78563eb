import { type Doc, docFrom, docsAt, idAt, numberAt, textAt } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { ApiError } from "../api/api-error.ts";
import { apiPath } from "../api/api-path.ts";
import { UsageError } from "../errors.ts";
import { countFrom } from "../input.ts";
import { listApplications, listServices } from "./own-lists.ts";
import { type Candidate, notFound, pick } from "./pick.ts";

/** An application by its id, by `name.namespace` or by `name`. @throws CliError */
export async function findApplication(api: Api, word: string): Promise<Doc> {
  const byId = await getById(api, apiPath`/api/application/${word}`, word);
  if (byId !== undefined) return byId;
  return pick("application", word, (await listApplications(api)).map(applicationCandidate));
}

/**
 * A service by its id or its name; where that is not enough, by `service.namespace`, `application.service`,
 * `application.namespace.service` or `application.namespace.service.namespace`. @throws CliError
 */
export async function findService(api: Api, word: string): Promise<Doc> {
  const byId = await getById(api, apiPath`/api/service/${word}`, word);
  if (byId !== undefined) return byId;
  return pick("service", word, (await listServices(api)).map(serviceCandidate));
}

/** A cluster by its id or its name. @throws CliError */
export async function findCluster(api: Api, word: string): Promise<Doc> {
  const clusters = await api.list("/api/clusters/");
  return pick("cluster", word, clusters.map(clusterCandidate));
}

/** A node by its id, its name or `cluster.name`. @throws CliError */
export async function findNode(api: Api, word: string): Promise<Doc> {
  return pick("node", word, (await api.list("/api/nodes")).map(nodeCandidate));
}

/** One instance of a service; without a number the only one. @throws CliError, UsageError */
export function findInstance(service: Doc, word: string | undefined): Doc {
  const instances = docsAt(service, "instance_list");
  const numbers = instances.map((one) => textAt(one, "instance_number") ?? "");
  const name = serviceNameOf(service);
  if (word === undefined) {
    const [only] = instances;
    if (only !== undefined && instances.length === 1) return only;
    if (instances.length === 0) throw notFound(`instance of ${name}`, "0", []);
    throw new UsageError(`${name} has several instances: say which one of ${numbers.join(", ")}`);
  }
  const number = countFrom("the number of an instance", word, { min: 0, max: 2 ** 31 });
  const found = instances.find((one) => numberAt(one, "instance_number") === number);
  if (found === undefined) throw notFound(`instance of ${name}`, word, numbers);
  return found;
}

export function serviceNameOf(service: Doc): string {
  return textAt(service, "microservice_name", "job_name") ?? idAt(service, "microserviceID");
}

/** Candidates are exported for completion, which offers their shortest names. */
export function applicationCandidate(item: Doc): Candidate<Doc> {
  const name = textAt(item, "application_name") ?? "";
  const namespace = textAt(item, "application_namespace") ?? "";
  return { item, id: idAt(item, "applicationID"), names: [`${name}.${namespace}`, name] };
}

export function serviceCandidate(item: Doc): Candidate<Doc> {
  const name = serviceNameOf(item);
  const own = `${name}.${textAt(item, "microservice_namespace") ?? ""}`;
  const application = textAt(item, "application_name", "app_name") ?? "";
  const namespaced = `${application}.${textAt(item, "application_namespace", "app_ns") ?? ""}`;
  const names = [
    `${namespaced}.${own}`,
    `${namespaced}.${name}`,
    `${application}.${name}`,
    own,
    name,
  ];
  return { item, id: idAt(item, "microserviceID"), names };
}

export function clusterCandidate(item: Doc): Candidate<Doc> {
  const name = textAt(item, "cluster_name", "candidate_name") ?? "";
  return { item, id: idAt(item), names: [name] };
}

export function nodeCandidate(item: Doc): Candidate<Doc> {
  const name = textAt(item, "name") ?? "";
  return { item, id: idAt(item), names: [`${textAt(item, "cluster_name") ?? ""}.${name}`, name] };
}

/** Names cost no request: ids of our roots and of older ones are 24 hexadecimal digits. */
async function getById(api: Api, path: string, word: string): Promise<Doc | undefined> {
  if (!/^[0-9a-f]{24}$/i.test(word)) return undefined;
  try {
    return docFrom(await api.call("GET", path), path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
