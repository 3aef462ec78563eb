import { CandidateFeed } from "@oak/contracts";
import {
  type Clock,
  component,
  createLoop,
  createTask,
  type Database,
  type HttpClient,
  type Logger,
  type Metrics,
  sleep,
} from "@oak/kit";
import { createDirectory, followDirectory, followFeed } from "@oak/tier";
import { attachmentId } from "./domain/attachments.ts";
import type { LocalFacts } from "./domain/local-table.ts";
import { createRecordBook } from "./domain/record-book.ts";
import { createServiceBook } from "./domain/service-book.ts";
import type { IntakeHandlers, UpwardMessage } from "./mqtt/intake.ts";
import type {
  AttachmentRecord,
  LeaseRecord,
  RootNetwork,
  ServiceRecord,
  WorkerMessages,
} from "./ports.ts";
import { createRecordStore } from "./store/record-store.ts";
import { answerWorker } from "./use-cases/answer-worker.ts";
import { applyPush, followRoot } from "./use-cases/apply-updates.ts";
import {
  type CatchUpDeps,
  createReporter,
  tidyLeftOvers,
  tidyServices,
} from "./use-cases/catch-up.ts";
import { forgetWorker, leaseSubnet } from "./use-cases/lease-subnet.ts";
import { passOffer } from "./use-cases/pass-offer.ts";
import { createResolver, type Resolver } from "./use-cases/resolve.ts";
import { takeAddressChange, takeAttached } from "./use-cases/take-attached.ts";
import { createWorkerTeller } from "./use-cases/tell-workers.ts";

export interface RoomsDeps {
  database: Database;
  abstractor: HttpClient;
  root: RootNetwork & { clusterId(): string | undefined };
  workers: WorkerMessages;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

export type Rooms = ReturnType<typeof createRooms>;

const backoff = { baseMs: 100, maxMs: 5_000 };
const readyCheckMs = 50;

/** Everything that decides and remembers, wired; and what keeps it up to date. */
export function createRooms(deps: RoomsDeps) {
  const { root, workers, database } = deps;
  const collection = <T extends { _id: string }>(name: string) =>
    createRecordBook(createRecordStore<T>(() => database.db, name));
  const attachments = collection<AttachmentRecord>("attachments");
  const leases = collection<LeaseRecord>("leases");
  const services = createServiceBook(
    createRecordStore<ServiceRecord>(() => database.db, "services"),
  );
  let isRead = false;

  const directory = createDirectory(({ jobName }) => {
    if (services.named(jobName) !== undefined) teller.tell(jobName, "DEPLOYMENT");
    tidying.trigger();
    reporting.trigger();
  });
  const onChange = (jobId: string): void => {
    const job = directory.job(jobId);
    if (job !== undefined) teller.tell(job.job_name, "DEPLOYMENT");
    reporting.trigger();
  };
  const isReady = (): boolean => isRead && directory.isLoaded();
  const whenReady = async (signal: AbortSignal): Promise<void> => {
    while (!isReady() && !signal.aborted) await sleep(deps.clock, readyCheckMs, signal);
  };
  const localFacts = (): LocalFacts => ({
    clusterId: root.clusterId(),
    recordsOf: directory.recordsOf,
    attachment: (key, workerId) => attachments.get(attachmentId(key, workerId)),
  });
  const teller = createWorkerTeller({ services, facts: localFacts, workers, isReady });
  const common = { ...deps, teller, directory, services, attachments, leases, onChange };
  const resolver = createResolver(common);
  const { resolve } = resolver;
  const catchingUp = { ...common, resolve };
  const reporter = createReporter(catchingUp);
  const updating = {
    ...common,
    resolver,
    onReset: () => {
      reporter.tellAnew();
      reporting.trigger();
    },
  };

  const reading = createTask({
    ...deps,
    name: "read-records",
    backoff,
    run: async (signal) => {
      await database.whenReady(signal);
      if (signal.aborted) return;
      await Promise.all([services.load(), attachments.load(), leases.load()]);
      isRead = true;
      tidying.trigger();
      reporting.trigger();
      // It may have been stopped while it read, and the event does not come twice.
      if (signal.aborted) return;
      await new Promise((resolved) => signal.addEventListener("abort", resolved, { once: true }));
    },
  });
  const pulling = createTask({
    ...deps,
    name: "pull-updates",
    backoff,
    run: async (signal) => {
      await whenReady(signal);
      teller.tidy();
      await followRoot(updating, signal);
    },
  });
  const reporting = createLoop({
    ...deps,
    name: "report-attachments",
    everyMs: 5_000,
    jitter: 0,
    backoff,
    run: async () => {
      if (isReady()) await reporter.report();
    },
  });
  const tidying = createLoop({
    ...deps,
    name: "tidy",
    everyMs: 10_000,
    jitter: 0,
    backoff: { baseMs: 500, maxMs: 10_000 },
    run: async () => {
      if (!isReady()) return;
      teller.tidy();
      await tidyServices(catchingUp);
      await tidyLeftOvers(catchingUp);
    },
  });
  return {
    services,
    resolve,
    isReady,
    tidySoon: tidying.trigger,
    push: (update: Parameters<typeof applyPush>[1]) => applyPush(updating, update),
    handlers: handlersOf({ ...catchingUp, localFacts, tidySoon: tidying.trigger }),
    asksRoot: (workerId: string, message: UpwardMessage) =>
      asksRoot({ leases, resolver }, workerId, message),
    components: [
      component("records", reading),
      ...followDirectory({ ...deps, directory }),
      component(
        "worker feed",
        followWorkers({ ...catchingUp, whenReady, onForgotten: tidying.trigger }),
      ),
      component("root updates", pulling),
      component("attachment reports", reporting),
      component("tidying", tidying),
    ],
  };
}

interface Common extends RoomsDeps, CatchUpDeps {
  root: RoomsDeps["root"];
  onChange(jobId: string): void;
}

interface WorkersDeps extends Common {
  whenReady(signal: AbortSignal): Promise<void>;
  /** What they had can go back. */
  onForgotten(): void;
}

/** A worker that is taken out leaves nothing behind. */
function followWorkers(deps: WorkersDeps) {
  const forget = async (workerIds: readonly string[]): Promise<void> => {
    for (const workerId of workerIds) await forgetWorker(deps, workerId);
    if (workerIds.length > 0) deps.onForgotten();
  };
  const forgetOthers = async (present: ReadonlySet<string>): Promise<void> => {
    const known = new Set([
      ...[...deps.leases.all()].map(({ _id }) => _id),
      ...[...deps.services.all()].flatMap(({ workers }) => workers),
      ...[...deps.attachments.all()].map(({ worker_id: id }) => id),
    ]);
    await forget([...known].filter((workerId) => !present.has(workerId)));
  };
  return createTask({
    ...deps,
    name: "follow-workers",
    backoff,
    run: async (signal) => {
      await deps.whenReady(signal);
      await followFeed(
        deps.abstractor,
        {
          path: "/api/v1/resources",
          schema: CandidateFeed,
          onReset: (items) => forgetOthers(new Set(items.map(({ _id }) => _id))),
          onChange: (_items, removed) => forget(removed),
        },
        signal,
      );
    },
  });
}

function handlersOf(deps: Common & { localFacts(): LocalFacts; tidySoon(): void }): IntakeHandlers {
  return {
    subnet: async (workerId, { METHOD: method }) => {
      // upstream: DELETE has no effect. A subnet goes back when its worker is taken out.
      if (method === "GET") await leaseSubnet(deps, workerId);
    },
    query: (workerId, query) =>
      answerWorker({ ...deps, facts: deps.localFacts() }, workerId, query),
    deployed: (workerId, report) => takeAttached(deps, workerId, report),
    undeployed: async () => {},
    addressChanged: (workerId, report) => takeAddressChange(deps, workerId, report),
    tunnelOffer: (workerId, offer) => passOffer(deps, workerId, offer),
    interestRemove: async (workerId, { appname }) => {
      await deps.services.removeWorker(appname, workerId);
      deps.tidySoon();
    },
  };
}

/** What is known here is answered without the root. */
function asksRoot(
  { leases, resolver }: Pick<CatchUpDeps, "leases"> & { resolver: Resolver },
  workerId: string,
  { topic, message }: UpwardMessage,
): boolean {
  if (topic === "query") return resolver.isOpen(message);
  if (topic === "subnet" || topic === "deployed") return leases.get(workerId)?.returning !== false;
  return topic === "tunnelOffer";
}
