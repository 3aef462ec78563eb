import { randomBytes } from "node:crypto";
import { type Clock, createChangeFeed, type Database, type Logger, type Metrics } from "@oak/kit";
import { createDirectory } from "@oak/tier";
import { createApplicationNames } from "./domain/application-names.ts";
import { createOfferBox } from "./domain/offer-box.ts";
import { createPulling } from "./domain/pulling.ts";
import { createRetiredServices, withoutRetired } from "./domain/retired-services.ts";
import { createAddressKeeper } from "./loops/keep-addresses.ts";
import { createPushUpdates, type TellCluster } from "./loops/push-updates.ts";
import { createAddressStore } from "./store/addresses.ts";
import { createClusterStore } from "./store/clusters.ts";
import { createGetCollections } from "./store/documents.ts";
import { createRouteStore } from "./store/routes.ts";
import { createAnswerQuery } from "./use-cases/answer-query.ts";
import { createConfirmSubnets } from "./use-cases/confirm-subnets.ts";
import { createAddressBook } from "./use-cases/give-addresses.ts";
import { createHoldAddress } from "./use-cases/hold-address.ts";
import { createListAddresses } from "./use-cases/list-addresses.ts";
import { createPassOffer } from "./use-cases/pass-offer.ts";
import { createPollUpdates, createReadUpdates } from "./use-cases/poll-updates.ts";
import { createRemoveCluster } from "./use-cases/remove-cluster.ts";
import { createServiceAddresses } from "./use-cases/service-addresses.ts";
import { createSettleService } from "./use-cases/settle-service.ts";
import { createSuggest } from "./use-cases/suggest.ts";
import { createTakeAttachments } from "./use-cases/take-attachments.ts";
import { createViewServices } from "./use-cases/view-services.ts";

export interface RoomsDeps {
  database: Database;
  tell: TellCluster;
  quarantineS: number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

export type Rooms = ReturnType<typeof createRooms>;

/** Everything that decides and remembers, wired. */
export function createRooms(deps: RoomsDeps) {
  const { clock } = deps;
  const collections = createGetCollections(() => deps.database.db);
  const stores = {
    addresses: createAddressStore(collections),
    routes: createRouteStore(collections),
    clusters: createClusterStore(collections),
  };
  const feed = createChangeFeed({ feedId: randomBytes(8).toString("hex"), clock });
  const tell = (jobName: string): void => {
    feed.touch(jobName);
    pusher.trigger();
  };
  const directory = createDirectory(({ jobId, jobName }) => {
    keeper.note(jobId);
    for (const { job_name: other } of applicationNames.note(jobId)) tell(other);
    tell(jobName);
  });
  const applicationNames = createApplicationNames(directory);
  const onChange = (jobId: string): void => {
    const job = directory.job(jobId);
    if (job !== undefined) tell(job.job_name);
  };
  const retired = createRetiredServices(clock.monotonicMs);
  const common = { ...deps, ...stores, directory, applicationNames, retired, onChange };
  const hold = createHoldAddress(common);
  const book = createAddressBook({ ...common, hold });
  const settle = createSettleService({
    ...common,
    directory: withoutRetired(directory, retired),
    book,
  });
  const view = createViewServices(common);
  const read = createReadUpdates({ ...common, feed, view });
  const offers = createOfferBox(clock.monotonicMs);
  const pulling = createPulling(clock.monotonicMs);
  const keeper = createAddressKeeper({ ...common, settle });
  const pusher = createPushUpdates({ ...common, read, isPulling: pulling.isPulling });
  return {
    directory,
    ...stores,
    book,
    keeper,
    pusher,
    pulling,
    answerQuery: createAnswerQuery({ ...common, settle, view }),
    pollUpdates: createPollUpdates({ ...common, feed, view, offers }, read),
    listAddresses: createListAddresses(common),
    passOffer: createPassOffer({ ...common, offers, feed }),
    removeCluster: createRemoveCluster(common),
    serviceAddresses: createServiceAddresses({
      ...common,
      book,
      settle,
      noteLater: keeper.noteLater,
    }),
    suggest: createSuggest(common),
    takeAttachments: createTakeAttachments({
      ...common,
      confirmSubnets: createConfirmSubnets(common),
    }),
  };
}
