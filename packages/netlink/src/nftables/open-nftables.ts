import { KernelError } from "../kernel-error.ts";
import { openNamespace } from "../namespace.ts";
import {
  type NetlinkRequest,
  type NetlinkSocket,
  netlinkProtocols,
  openNetlinkSocket,
} from "../netlink-socket.ts";
import type { ElementChange, Nftables, SetElement } from "../ports.ts";
import { readAttributes } from "../wire/read-attributes.ts";
import { changeWhatIsPresent, isTolerant } from "./change-what-is-present.ts";
import { writeElementBatch, writeElements } from "./element-batch.ts";
import {
  elementListAttributes,
  generationId,
  type NftFamily,
  nftFamilies,
  nftHeader,
  nftHeaderBytes,
  nftMessages,
  nftType,
  type TableAddress,
} from "./nft-message.ts";
import { parseElements } from "./parse-elements.ts";
import { runNft } from "./run-nft.ts";
import { watchGeneration } from "./watch-generation.ts";

const readAttempts = 5;

export interface NftablesOptions {
  table: string;
  /** `inet` unless said otherwise. */
  family?: NftFamily;
  /** How often `watch` looks: 1000 unless said otherwise. */
  watchIntervalMs?: number;
  /** `nft` unless said otherwise; searched in PATH. */
  program?: string;
  /** Whether the kernel can delete what may be absent (Linux 6.3). It is found out when not said. */
  canDestroy?: boolean;
}

/**
 * Opens nftables in the namespace of the calling thread; it stays bound to that one. The table need not exist yet.
 * @throws {KernelError}
 */
export const openNftables = (options: NftablesOptions): Nftables => {
  const socket = openNetlinkSocket(netlinkProtocols.netfilter);
  /** Of its own: while a set is read in parts, the other one changes elements. */
  const slow = openNetlinkSocket(netlinkProtocols.netfilter);
  let reading: Promise<unknown> = Promise.resolve();
  const namespace = openNamespace("/proc/thread-self/ns/net");
  const address = { family: nftFamilies[options.family ?? "inet"], table: options.table };
  const generation = watchGeneration(() => readGeneration(socket), options.watchIntervalMs ?? 1000);
  let canDestroy = options.canDestroy ?? true;

  const change = (changes: readonly ElementChange[]): void => {
    if (changes.length === 0) return;
    if (canDestroy) {
      try {
        commit(socket, address, changes);
        return;
      } catch (error) {
        if (!isUnknownMessage(error) || !changes.some(isTolerant)) throw error;
        canDestroy = false;
      }
    }
    changeWhatIsPresent(changes, {
      commit: (present) => commit(socket, address, present),
      isPresent: (one) => hasElement(socket, address, one),
    });
  };

  return {
    load: (ruleset) =>
      generation.aroundLong(() => runNft(options.program ?? "nft", namespace.fd, ruleset)),
    change: (changes) => generation.around(() => change(changes)),
    elements: (set) =>
      socket.dump(listing(address, set), ({ payload }) => parseElements(payload)).flat(),
    elementsInParts: (set) => {
      const read = reading.then(() => readInParts(slow, listing(address, set)));
      reading = read.catch(() => undefined);
      return read;
    },
    watch: generation.watch,
    close() {
      generation.stop();
      namespace.close();
      socket.close();
      slow.close();
    },
  };
};

const listing = (address: TableAddress, set: string): NetlinkRequest => ({
  operation: `list elements of ${set}`,
  type: nftType(nftMessages.getElement),
  fill: (writer) => {
    nftHeader(writer, address.family);
    writer.attributeText(elementListAttributes.table, address.table);
    writer.attributeText(elementListAttributes.set, set);
  },
});

/** Anew when there was a change meanwhile; under constant change an answer with a seam is better than none. */
const readInParts = async (
  socket: NetlinkSocket,
  request: NetlinkRequest,
): Promise<SetElement[]> => {
  for (let attempt = 1; ; attempt += 1) {
    const found: SetElement[] = [];
    let isInterrupted = false;
    await socket.dumpInParts(request, (message) => {
      isInterrupted ||= message.isInterrupted;
      for (const element of parseElements(message.payload)) found.push(element);
    });
    if (!isInterrupted || attempt === readAttempts) return found;
  }
};

const readGeneration = (socket: NetlinkSocket): number => {
  const [id] = socket.request(
    {
      operation: "read generation",
      type: nftType(nftMessages.getGeneration),
      fill: (writer) => nftHeader(writer, 0),
    },
    ({ payload }) => readAttributes(payload, nftHeaderBytes).get(generationId)?.readUInt32BE(0),
  );
  return id ?? 0;
};

const commit = (
  socket: NetlinkSocket,
  address: TableAddress,
  changes: readonly ElementChange[],
): void => {
  const batch = writeElementBatch(address, changes, () => socket.nextSequence());
  const answers = socket.exchange(batch.bytes, "change elements", batch.last);
  const failed = answers.find(({ errno }) => errno !== 0);
  if (!failed) return;
  const index = batch.changeAt(failed.sequence, failed.offset);
  const refused = index === undefined ? undefined : changes[index];
  const operation = refused
    ? `${refused.op} element ${Buffer.from(refused.key).toString("hex")} of ${refused.set}`
    : `change elements of ${address.table}`;
  throw new KernelError(operation, failed.errno, failed);
};

const isUnknownMessage = (error: unknown): boolean =>
  error instanceof KernelError && ["EINVAL", "EOPNOTSUPP"].includes(error.code);

const hasElement = (
  socket: NetlinkSocket,
  address: TableAddress,
  { set, key }: ElementChange,
): boolean => {
  try {
    socket.request({
      operation: `look up element of ${set}`,
      type: nftType(nftMessages.getElement),
      fill: (writer) => {
        writeElements(writer, { ...address, set }, [{ op: "add", set, key }]);
      },
    });
    return true;
  } catch (error) {
    if (error instanceof KernelError && error.code === "ENOENT") return false;
    throw error;
  }
};
