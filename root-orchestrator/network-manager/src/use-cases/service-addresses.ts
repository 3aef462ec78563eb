import type { NetDescriptor } from "@oak/contracts";
import type { Directory } from "@oak/tier";
import type { RetiredServices } from "../domain/retired-services.ts";
import { wishesOf } from "../domain/wishes.ts";
import { errors } from "../errors.ts";
import type { AddressStore } from "../ports.ts";
import type { AddressBook } from "./give-addresses.ts";
import type { SettleService } from "./settle-service.ts";

/** What the system-manager asks for; without it the same happens, a moment later. */
export interface ServiceAddresses {
  /** @throws AppError address_invalid, address_taken, address_fixed, pool_exhausted */
  deploy(jobId: string, descriptor: NetDescriptor): Promise<void>;
  /** @throws AppError service_unknown, pool_exhausted */
  deployInstance(jobId: string, instanceNumber: number): Promise<void>;
  /** Takes back what the service does not need any more. @throws AppError service_unknown, still_deployed */
  remove(jobId: string): Promise<void>;
  /**
   * The service was deleted, its instances are on their way out: its own addresses come back at once, theirs when
   * they are gone. What is not known has none.
   */
  retire(jobId: string): Promise<void>;
  /** Takes back what no instance needs any more. @throws AppError service_unknown */
  removeInstances(jobId: string): Promise<void>;
}

export interface ServiceAddressesDeps {
  directory: Directory;
  addresses: Pick<AddressStore, "hasAny">;
  book: AddressBook;
  settle: SettleService;
  retired: Pick<RetiredServices, "add">;
  /** Its addresses will be looked at again when it has had the time to become known, or to be deleted. */
  noteLater(jobId: string): void;
}

export function createServiceAddresses(deps: ServiceAddressesDeps): ServiceAddresses {
  const { directory, book, settle } = deps;
  const assertKnown = async (jobId: string): Promise<void> => {
    if (!directory.isLoaded()) throw errors.unavailable("The services are not known yet");
    if (directory.job(jobId) !== undefined || directory.recordsOf(jobId).length > 0) return;
    // The feed may still be on its way with a service that was announced a moment ago.
    if (await deps.addresses.hasAny(jobId)) return;
    throw errors.service_unknown(`No service ${jobId}`);
  };
  return {
    deploy: async (jobId, descriptor) => {
      await book.giveService(jobId, wishesOf(descriptor));
      // Should the service never come, its addresses are taken back.
      deps.noteLater(jobId);
    },
    deployInstance: async (jobId, instanceNumber) => {
      await assertKnown(jobId);
      await book.give({ kind: "instance", jobId, instanceNumber });
      deps.noteLater(jobId);
    },
    remove: async (jobId) => {
      await assertKnown(jobId);
      const left = directory.recordsOf(jobId).length;
      if (left > 0) throw errors.still_deployed(`${left} of its instances are still there`);
      await settle(jobId, { graceS: 0 });
    },
    retire: async (jobId) => {
      deps.retired.add(jobId);
      await settle(jobId, { graceS: 0 });
    },
    removeInstances: async (jobId) => {
      await assertKnown(jobId);
      await settle(jobId, { graceS: 0 });
    },
  };
}
