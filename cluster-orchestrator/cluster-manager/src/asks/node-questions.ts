import {
  ASK_KINDS,
  type Candidate,
  type Instance,
  type JobSpec,
  NodeQuestion,
  NodesQuestion,
} from "@oak/contracts";
import { type AskHandlers, askHandler, jsonAnswer } from "@oak/kit";
import { hardwareOf, type NodeNow, nodeFacts, nodeWorkload } from "../domain/node-facts.ts";
import { errors } from "../errors.ts";

export interface NodeQuestionDeps {
  /** Workers as they are stored, with their latest load. */
  workers(): Candidate[];
  worker(id: string): Candidate | undefined;
  now(worker: Candidate): NodeNow;
  /** assigned to the worker, or fenced there */
  instancesOf(workerId: string): Instance[];
  specOf(jobId: string): Promise<JobSpec | undefined>;
}

/** What the root may ask of workers. */
export function nodeQuestions(deps: NodeQuestionDeps): AskHandlers {
  return {
    [ASK_KINDS.nodes]: askHandler(NodesQuestion, async ({ limit, after = "" }) => {
      const workers = deps.workers();
      const page = workers
        .filter(({ _id }) => _id > after)
        .sort((a, b) => (a._id < b._id ? -1 : 1))
        .slice(0, limit);
      const nodes = page.map((worker) => nodeFacts(worker, deps.now(worker)));
      return jsonAnswer({ nodes, total: workers.length });
    }),
    [ASK_KINDS.node]: askHandler(NodeQuestion, async ({ id }) => {
      const worker = deps.worker(id);
      if (worker === undefined) throw errors.worker_unknown();
      const instances = deps.instancesOf(id);
      const workloads = await Promise.all(
        instances.map(async (one) => nodeWorkload(one, await deps.specOf(one.job_id))),
      );
      return jsonAnswer({
        ...nodeFacts(worker, deps.now(worker)),
        workloads,
        hardware: hardwareOf(worker),
      });
    }),
  };
}
