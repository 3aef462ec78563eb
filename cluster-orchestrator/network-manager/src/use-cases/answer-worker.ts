import { netTopic, type TableQuery, type TableService } from "@oak/contracts";
import type { Logger } from "@oak/kit";
import { type LocalFacts, localTable } from "../domain/local-table.ts";
import type { ServiceBook } from "../domain/service-book.ts";
import { tableResult } from "../domain/table-result.ts";
import type { WorkerMessages } from "../ports.ts";
import type { Resolve } from "./resolve.ts";

export interface AnswerWorkerDeps {
  resolve: Resolve;
  services: ServiceBook;
  facts: LocalFacts;
  workers: WorkerMessages;
  logger: Logger;
}

/**
 * Answers a table query; always, since a worker that hears nothing waits for its timeout. The interest is stored
 * before the answer is made, so that no change falls between the two.
 */
export async function answerWorker(
  { resolve, services, facts, workers, logger }: AnswerWorkerDeps,
  workerId: string,
  query: TableQuery,
): Promise<void> {
  const key = query.sip === "" ? query.sname : query.sip;
  let service: TableService | undefined;
  try {
    service = await resolve(query);
    if (service !== undefined) await services.addWorker(service.job_name, workerId);
  } catch (err) {
    logger.debug({ worker: workerId, query: key, err }, "a query finds no answer");
    service = undefined;
  }
  const known = service === undefined ? undefined : services.named(service.job_name)?.service;
  const table = known === undefined || known === null ? undefined : localTable(known, facts);
  const result = tableResult(key, table, facts.clusterId);
  workers.publish(netTopic(workerId, "queryResult"), result);
}
