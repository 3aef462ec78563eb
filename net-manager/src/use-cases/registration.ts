import { isDeepStrictEqual } from "node:util";
import type { NetRegister } from "@oak/contracts";
import { type Clock, type Logger, sleep } from "@oak/kit";
import { brokerLogin, type ClientIdentity } from "../cluster/broker-login.ts";
import type { BrokerLogin, ClusterLink } from "../cluster/cluster-link.ts";
import { errors } from "../errors.ts";
import type { DataPlane, Subnet, Underlay } from "../ports.ts";
import type { NodeFiles } from "../store/node-files.ts";
import { createSerial } from "./serial.ts";

/** Who this worker is, and the network that goes with it. */
export interface Registration {
  /** Takes up what a process before this one knew. */
  adopt(known: { registration?: NetRegister; subnet?: Subnet }): Promise<void>;
  /** Resolves when workloads can be attached. @throws AppError other_worker, no_subnet, bad_request */
  register(request: NetRegister): Promise<void>;
  /** For the end of the process: who waits in `register` waits no longer. */
  giveUp(): void;
  /** The cluster leases this subnet. */
  leased(subnet: Subnet): Promise<void>;
  /** Looks where packets to the cluster leave from; moves the tunnel there. Answers whether it has changed. */
  checkAddress(): Promise<boolean>;
  current(): NetRegister | undefined;
  subnet(): Subnet | undefined;
  /** Address of this host on the way to the cluster. */
  localAddress(): string | undefined;
  /** The data plane stands. */
  isReady(): boolean;
  /** A subnet that the cluster would rather have this worker use, while instances are attached in another one. */
  refusedSubnet(): Subnet | undefined;
  /** Resolves when nothing is being brought up any more, and nothing will be until the next request. */
  forget(): Promise<void>;
}

export interface RegistrationOptions {
  plane: Pick<DataPlane, "start" | "uninstall" | "slots">;
  link: Pick<ClusterLink, "open">;
  files: NodeFiles;
  identity?: ClientIdentity;
  sourceAddressTo(host: string): Promise<string | undefined>;
  /** The data plane stands for the first time, or with another subnet. */
  onReady(): Promise<void>;
  hasAttachments(): boolean;
  /** Everything of a worker that this host is no more. */
  reset(): Promise<void>;
  save(): Promise<void>;
  clock: Clock;
  logger: Logger;
  waitMs?: number;
}

/** upstream: its client waits ten seconds. */
const defaultWaitMs = 8_000;
const pollMs = 20;
/** Each step asks the kernel, a resolver or a disk; whoever waits for one that does not end wants to know which. */
const slowMs = 10_000;

export function createRegistration(options: RegistrationOptions): Registration {
  const { plane, link, files, clock, logger, waitMs = defaultWaitMs } = options;
  let registration: NetRegister | undefined;
  let isConfirmed = false;
  let subnet: Subnet | undefined;
  let address: string | undefined;
  let isReady = false;
  let refused: Subnet | undefined;
  const over = new AbortController();
  // A request, a subnet and a look at the address may all come at once, and each brings up what it finds: one that
  // overtook a change of the worker would bring up the network of the one before.
  const inTurn = createSteps(clock, logger);

  const loginOf = (request: NetRegister) => brokerLogin(request, files.net, options.identity);

  const findAddress = async (): Promise<string | undefined> => {
    const host = registration === undefined ? undefined : loginOf(registration)?.host;
    return host === undefined ? undefined : options.sourceAddressTo(host);
  };

  const bringUp = async (): Promise<void> => {
    if (isReady || subnet === undefined) return;
    address = await findAddress();
    // Without a route to anywhere there is nobody to reach; the next check of the address tries again.
    if (address === undefined) return;
    await plane.start({ subnet, underlay: underlayAt(address, files) });
    await options.onReady();
    isReady = true;
    logger.info({ subnet: subnet.v4, address }, "the network of this worker stands");
  };

  const isInUse = (): boolean => options.hasAttachments() || (isReady && plane.slots().length > 0);

  const refuse = (own: Subnet, next: Subnet): void => {
    if (refused?.v4 !== next.v4) {
      logger.error({ subnet: own.v4, leased: next.v4 }, "the cluster leases another subnet");
    }
    refused = next;
  };

  const takeDown = async (): Promise<void> => {
    const stood = isReady;
    isReady = false;
    if (stood) await plane.uninstall();
    await options.reset();
  };

  const adopt: Registration["adopt"] = async ({ registration: known, subnet: leasedBefore }) => {
    if (known === undefined) return;
    registration = known;
    subnet = leasedBefore;
    const login = loginOf(known);
    if (login !== undefined) link.open(login);
    await bringUp();
  };

  /** What was only found on the disk binds nobody unless something still runs by it. */
  const becomeAnother = async (before: NetRegister): Promise<void> => {
    if (isConfirmed || options.hasAttachments()) {
      throw errors.other_worker(`This host is registered as ${before.client_id}`);
    }
    await takeDown();
    subnet = undefined;
    registration = undefined;
  };

  const take = async (request: NetRegister, login: BrokerLogin): Promise<void> => {
    if (registration !== undefined && registration.client_id !== request.client_id) {
      await becomeAnother(registration);
    }
    isConfirmed = true;
    if (!isDeepStrictEqual(registration, request)) {
      registration = request;
      await options.save();
      link.open(login);
    }
    await bringUp();
  };

  const lease = async (workerId: string | undefined, next: Subnet): Promise<void> => {
    if (registration === undefined || registration.client_id !== workerId) return;
    if (subnet !== undefined && !isDeepStrictEqual(subnet, next)) {
      if (isInUse()) {
        refuse(subnet, next);
        return;
      }
      await takeDown();
    }
    const isNews = subnet?.v4 !== next.v4;
    subnet = next;
    refused = undefined;
    if (isNews) await options.save();
    await bringUp();
  };

  const checkAddress = async (): Promise<boolean> => {
    if (!isReady || subnet === undefined) {
      await bringUp();
      return false;
    }
    const found = await findAddress();
    if (found === undefined || found === address) return false;
    logger.info({ address: found, before: address }, "this host has another address");
    address = found;
    await plane.start({ subnet, underlay: underlayAt(address, files) });
    return true;
  };

  return {
    adopt: (known) => inTurn("adopt", () => adopt(known)),
    register: async (request) => {
      const login = loginOf(request);
      if (login === undefined) throw errors.bad_request("Nobody says where the cluster is");
      await inTurn("register", () => take(request, login));
      await untilSubnet(() => isReady, { clock, waitMs, signal: over.signal });
    },
    leased: (next) => {
      const workerId = registration?.client_id;
      return inTurn("lease", () => lease(workerId, next));
    },
    giveUp: () => over.abort(),
    checkAddress: () => inTurn("check address", checkAddress),
    current: () => registration,
    subnet: () => subnet,
    localAddress: () => address,
    isReady: () => isReady,
    refusedSubnet: () => refused,
    forget: () =>
      inTurn("forget", () => {
        registration = undefined;
        isConfirmed = false;
        subnet = undefined;
        isReady = false;
        refused = undefined;
      }),
  };
}

/** One step after the other. */
function createSteps(clock: Clock, logger: Logger) {
  const inTurn = createSerial();
  return <T>(step: string, work: () => Promise<T> | T): Promise<T> =>
    inTurn(async () => {
      const cancel = clock.setTimer(slowMs, () =>
        logger.warn({ step }, "a step of the registration takes long"),
      );
      try {
        return await work();
      } finally {
        cancel();
      }
    });
}

function underlayAt(address: string, { tunnel }: NodeFiles): Underlay {
  const { TunnelPort: port, WireguardPort: wireguardPort } = tunnel;
  return { address, port, ...(wireguardPort !== undefined && { wireguardPort }) };
}

async function untilSubnet(
  isThere: () => boolean,
  { clock, waitMs, signal }: { clock: Clock; waitMs: number; signal: AbortSignal },
): Promise<void> {
  const endMs = clock.monotonicMs() + waitMs;
  while (!isThere() && !signal.aborted && clock.monotonicMs() < endMs) {
    await sleep(clock, pollMs, signal);
  }
  if (!isThere()) throw errors.no_subnet();
}
