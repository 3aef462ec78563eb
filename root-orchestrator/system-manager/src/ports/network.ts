import type { GivenAddresses, Id, Job } from "@oak/contracts";

/** What the front door asks of the network: addresses of services and instances. */
export interface Network {
  /**
   * Gives a service its addresses. While the network is away they come later, unless some were chosen: whether
   * those are free must be known first.
   * @throws AppError address_taken, addresses_exhausted, address_refused, unavailable
   */
  giveService(service: Job): Promise<void>;
  /** Takes them back; what the network does not hear it finds out by itself. Never rejects. */
  takeBack(serviceId: Id): Promise<void>;
  /** @throws AppError addresses_exhausted; while the network is away the addresses come later */
  giveInstance(serviceId: Id, instanceNumber: number): Promise<void>;
  /**
   * The same for somebody who waits for an answer: where addresses were left a moment ago, it resolves at once and they come
   * while the instance is placed. Should that have been the last ones, they come when there are some again.
   * @throws AppError addresses_exhausted
   */
  giveInstanceSoon(serviceId: Id, instanceNumber: number): Promise<void>;
  /**
   * What these services were given so far, as far as it is known: reading never waits for a network that is away.
   */
  addressesOf(services: readonly AddressedService[]): Promise<ReadonlyMap<Id, GivenAddresses>>;
}

/** A service, and the instances whose addresses are wanted. */
export interface AddressedService {
  _id: Id;
  instance_list: readonly { instance_number: number }[];
}

/** The network is off: nobody has an address of its own. */
export const noNetwork: Network = {
  giveService: async () => undefined,
  takeBack: async () => undefined,
  giveInstance: async () => undefined,
  giveInstanceSoon: async () => undefined,
  addressesOf: async () => new Map(),
};
