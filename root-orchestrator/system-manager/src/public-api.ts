import type { Id } from "@oak/contracts";
import type { Clock, HttpApp, Logger } from "@oak/kit";
import type { ExplainPlacement } from "@oak/tier";
import { type AccountApiDeps, addAccountApi } from "./account-api.ts";
import type { AskCluster } from "./ask-part.ts";
import type { ApplicationStore } from "./ports/applications.ts";
import type { ClusterDirectory } from "./ports/clusters.ts";
import type { CustomResources, Hooks } from "./ports/extensions.ts";
import type { JobStore } from "./ports/jobs.ts";
import type { Network } from "./ports/network.ts";
import type { Nudge } from "./ports/nudge.ts";
import type { RevisionStore } from "./ports/revisions.ts";
import type { UserAuthenticator } from "./ports/user-authenticator.ts";
import { addQuestionApi } from "./question-api.ts";
import { addAccountEvents } from "./routes/account-events.ts";
import { addApplicationRoutes } from "./routes/applications.ts";
import { addApplyRoutes } from "./routes/apply.ts";
import { addClusterRoutes } from "./routes/clusters.ts";
import { addCustomResourceRoutes } from "./routes/custom-resources.ts";
import { describeAccess } from "./routes/describe-access.ts";
import { addEventRoutes } from "./routes/events.ts";
import { createGates } from "./routes/gates.ts";
import { addHookRoutes } from "./routes/hooks.ts";
import { addInstanceRoutes } from "./routes/instances.ts";
import { addOrphanRoutes, type OrphanView } from "./routes/orphans.ts";
import { addScaleRoute } from "./routes/scale.ts";
import { addServiceUpdateRoutes } from "./routes/service-updates.ts";
import { addServiceRoutes } from "./routes/services.ts";
import { addUploaderRoutes } from "./routes/uploader.ts";
import { createAddInstance } from "./use-cases/add-instance.ts";
import { createAddServices } from "./use-cases/add-services.ts";
import { createApplySla } from "./use-cases/apply-sla.ts";
import { createCreateApplication } from "./use-cases/create-application.ts";
import { createDeleteApplication } from "./use-cases/delete-application.ts";
import { createDeleteService } from "./use-cases/delete-service.ts";
import { createDiffSla, createDryRuns } from "./use-cases/diff-sla.ts";
import { createEditor } from "./use-cases/editor.ts";
import type { EventLog } from "./use-cases/events/event-log.ts";
import { createFollowers } from "./use-cases/events/follow-events.ts";
import { createMoveInstance } from "./use-cases/move-instance.ts";
import { createRemoveInstance } from "./use-cases/remove-instance.ts";
import { createRetireService } from "./use-cases/retire-service.ts";
import { createScaleService } from "./use-cases/scale-service.ts";
import { createUpdateApplication } from "./use-cases/update-application.ts";
import { createRollBackService, createUpdateService } from "./use-cases/update-service.ts";

/** What users see is made of. */
export interface PublicApiDeps extends Omit<AccountApiDeps, "gates"> {
  /** recognises users */
  authenticator: UserAuthenticator;
  applications: ApplicationStore;
  jobs: JobStore;
  /** For whoever only looks at services; absent: `jobs`. */
  shownJobs?: Pick<JobStore, "list" | "findWithInstances">;
  revisions: RevisionStore;
  clusters: ClusterDirectory;
  hooks: Hooks;
  customResources: CustomResources;
  network: Network;
  events: EventLog;
  askCluster: AskCluster;
  explainPlacement: ExplainPlacement;
  orphans(): OrphanView[];
  /** Rejects with an AppError when the cluster is not known. */
  removeCluster(clusterId: string, actor: string): Promise<void>;
  nudge: Nudge;
  /** see `AddInstanceDeps` */
  numberBase(): number;
  newId: () => Id;
  clock: Clock;
  logger: Logger;
}

/** The routes for people and their tools: accounts, applications, services, instances, clusters. */
export function addPublicApi(app: HttpApp, deps: PublicApiDeps): void {
  const gates = createGates(deps.authenticator);
  describeAccess(app);
  const { applications, jobs, clusters } = deps;
  addAccountEvents(app, deps.events);
  addAccountApi(app, { ...deps, gates });
  addUploaderRoutes(app, { gates });
  addClusterRoutes(app, { clusters, gates, removeCluster: deps.removeCluster });
  const followers = createFollowers({ log: deps.events, clock: deps.clock });
  addEventRoutes(app, { ...deps, log: deps.events, followers, gates });
  addQuestionApi(app, { ...deps, gates });
  addOrphanRoutes(app, { orphans: deps.orphans, gates });
  addHookRoutes(app, { hooks: deps.hooks, gates });
  addCustomResourceRoutes(app, { customResources: deps.customResources, gates });

  const jobEditor = createEditor(jobs);
  const applicationEditor = createEditor(applications);
  const retire = createRetireService({ ...deps, jobEditor });
  const createApplication = createCreateApplication({ ...deps, retire });
  const updateApplication = createUpdateApplication({ ...deps, applicationEditor });
  const addServices = createAddServices({ ...deps, applicationEditor, retire });
  const deleteService = createDeleteService({ ...deps, applicationEditor, retire });
  const updateService = createUpdateService({ ...deps, jobEditor });
  const diffSla = createDiffSla(deps);
  const dryRuns = createDryRuns(deps);
  const writes = {
    createApplication,
    updateApplication,
    addServices,
    updateService,
    deleteService,
  };
  addApplyRoutes(app, { gates, diffSla, applySla: createApplySla({ ...writes, diffSla }) });
  addApplicationRoutes(app, {
    applications,
    gates,
    dryRuns,
    createApplication,
    updateApplication,
    deleteApplication: createDeleteApplication({ ...deps, retire }),
  });
  addServiceRoutes(app, {
    ...deps,
    jobs: deps.shownJobs ?? jobs,
    gates,
    dryRuns,
    addServices,
    deleteService,
  });
  addServiceUpdateRoutes(app, {
    ...deps,
    gates,
    dryRuns,
    updateService,
    rollBackService: createRollBackService({ ...deps, jobEditor }),
  });
  addScaleRoute(app, { gates, scaleService: createScaleService({ ...deps, jobEditor }) });
  addInstanceRoutes(app, {
    gates,
    addInstance: createAddInstance({
      ...deps,
      jobEditor,
      network: { giveInstance: deps.network.giveInstanceSoon },
    }),
    moveInstance: createMoveInstance({ ...deps, jobEditor }),
    removeInstance: createRemoveInstance({ ...deps, jobEditor }),
  });
}
