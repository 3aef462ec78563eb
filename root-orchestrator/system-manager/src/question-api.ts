import type { Clock, HttpApp } from "@oak/kit";
import type { ExplainPlacement } from "@oak/tier";
import type { AskCluster } from "./ask-part.ts";
import type { ClusterDirectory } from "./ports/clusters.ts";
import type { JobStore } from "./ports/jobs.ts";
import type { UserAuthenticator } from "./ports/user-authenticator.ts";
import { addExplainRoutes } from "./routes/explain.ts";
import type { Gates } from "./routes/gates.ts";
import { addLogRoutes } from "./routes/logs.ts";
import { addNodeRoutes } from "./routes/nodes.ts";
import { createExplainInstance } from "./use-cases/explain-instance.ts";
import { createNodes } from "./use-cases/list-nodes.ts";
import { createReadLogs } from "./use-cases/read-logs.ts";

export interface QuestionApiDeps {
  askCluster: AskCluster;
  clusters: ClusterDirectory;
  jobs: JobStore;
  authenticator: UserAuthenticator;
  gates: Gates;
  clock: Clock;
  explainPlacement: ExplainPlacement;
}

/** The routes that need the word of a cluster or a worker. */
export function addQuestionApi(app: HttpApp, deps: QuestionApiDeps): void {
  addLogRoutes(app, { ...deps, readLogs: createReadLogs(deps) });
  addExplainRoutes(app, { ...deps, explainInstance: createExplainInstance(deps) });
  addNodeRoutes(app, { ...deps, nodes: createNodes(deps) });
}
