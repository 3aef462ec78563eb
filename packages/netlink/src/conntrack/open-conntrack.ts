import { tolerating } from "../kernel-error.ts";
import { type NetlinkRequest, netlinkProtocols, openNetlinkSocket } from "../netlink-socket.ts";
import { nftHeader } from "../nftables/nft-message.ts";
import type { Conntrack, Flow, FlowEnds, FlowFilter } from "../ports.ts";
import { familyOf, familyV4, familyV6, formatIp, parseIp } from "../wire/ip-text.ts";
import type { ReceivedMessage } from "../wire/parse-answers.ts";
import {
  fillAddressFilter,
  fillOriginal,
  fillStatusFilter,
  flowAttributes,
  parseFlow,
} from "./flow-message.ts";

const subsystem = 1;
const messages = { get: (subsystem << 8) | 1, remove: (subsystem << 8) | 2 } as const;

/**
 * Opens connection tracking in the namespace of the calling thread; it stays bound to that one. Nothing is tracked in a
 * namespace before a rule of its firewall asks for it.
 * @throws {KernelError}
 */
export const openConntrack = (): Conntrack => {
  const socket = openNetlinkSocket(netlinkProtocols.netfilter);
  /** Of its own: while a dump is read in parts, the other one is asked and answers at once. */
  const slow = openNetlinkSocket(netlinkProtocols.netfilter);
  let scanning: Promise<unknown> = Promise.resolve();
  return {
    flows: (family, filter = {}) => {
      const { request, read } = listing(family, filter);
      return socket.dump(request, read);
    },
    scan(family, pick, { filter = {}, limit = Number.POSITIVE_INFINITY } = {}) {
      const { request, read } = listing(family, filter);
      const scan = async () => {
        const found: NonNullable<ReturnType<typeof pick>>[] = [];
        await slow.dumpInParts(request, (message) => {
          // What is left has to be read all the same: until then the kernel begins no other dump.
          const flow = found.length < limit ? read(message) : undefined;
          const item = flow && pick(flow);
          if (item !== undefined && item !== null) found.push(item);
        });
        return found;
      };
      const result = scanning.then(scan);
      scanning = result.catch(() => undefined);
      return result;
    },
    deleteFlow(flow) {
      tolerating(["ENOENT"], () => {
        socket.request({
          operation: "delete flow",
          type: messages.remove,
          fill: (writer) => {
            nftHeader(writer, familyOf(parseIp(flow.original.source)));
            fillOriginal(writer, flow);
            // A new connection with the same ports is another flow.
            if (flow.id !== undefined) writer.attributeU32Be(flowAttributes.id, flow.id);
          },
        });
      });
    },
    close: () => {
      socket.close();
      slow.close();
    },
  };
};

const listing = (family: 4 | 6, filter: FlowFilter) => {
  const wished = canonical(filter);
  const needles = bytesOf(wished);
  const request: NetlinkRequest = {
    operation: "list flows",
    type: messages.get,
    fill: (writer) => {
      nftHeader(writer, family === 4 ? familyV4 : familyV6);
      // Up to 6.18 at least the kernel takes IPv6 addresses that differ for equal ones, and the other way round.
      if (family === 4) fillAddressFilter(writer, wished);
      fillStatusFilter(writer, wished);
    },
  };
  const read = ({ payload }: ReceivedMessage): Flow | undefined => {
    if (!needles.every((needle) => payload.includes(needle))) return undefined;
    const flow = parseFlow(payload);
    return flow && isWished(flow, wished) ? flow : undefined;
  };
  return { request, read };
};

type Wish = FlowFilter["original"];

const canonicalEnds = (ends: Wish = {}): NonNullable<Wish> => ({
  ...(ends.source !== undefined && { source: formatIp(parseIp(ends.source)) }),
  ...(ends.destination !== undefined && { destination: formatIp(parseIp(ends.destination)) }),
});

const canonical = (filter: FlowFilter): FlowFilter => ({
  ...(filter.isAnswered !== undefined && { isAnswered: filter.isAnswered }),
  original: canonicalEnds(filter.original),
  reply: canonicalEnds(filter.reply),
});

/** What a flow that fits has somewhere: most are passed over without being taken apart. */
const bytesOf = ({ original, reply }: FlowFilter): Buffer[] =>
  [original?.source, original?.destination, reply?.source, reply?.destination].flatMap((text) =>
    text === undefined ? [] : [parseIp(text)],
  );

const fits = (ends: FlowEnds, wish: Wish = {}): boolean =>
  (wish.source ?? ends.source) === ends.source &&
  (wish.destination ?? ends.destination) === ends.destination;

const isWished = (flow: Flow, { isAnswered, original, reply }: FlowFilter): boolean =>
  (isAnswered ?? flow.isAnswered) === flow.isAnswered &&
  fits(flow.original, original) &&
  fits(flow.reply, reply);
