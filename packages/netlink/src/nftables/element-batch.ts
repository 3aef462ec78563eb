import { netlinkFlags } from "../netlink-socket.ts";
import type { ElementChange } from "../ports.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import {
  elementAttributes,
  elementListAttributes,
  nftHeader,
  nftMessages,
  nftType,
  type TableAddress,
} from "./nft-message.ts";

const batchBegin = 16;
const batchEnd = 17;
/** The batch is for the subsystem of this number. */
const batchSubsystem = 10;
/** A list of elements is one attribute, which counts its bytes in sixteen bits. */
const maxListBytes = 60_000;

/** Consecutive changes that fit into one message. */
interface Run {
  sequence: number;
  first: number;
  /** Where each element starts, from the header of the message. */
  offsets: number[];
}

/** One transaction, ready to be sent. */
export interface ElementBatch {
  bytes: Buffer;
  /** Of the message that the kernel acknowledges. */
  last: number;
  /** Index of the change that the kernel refused; undefined when it was no single one. */
  changeAt(sequence: number, offset: number | undefined): number | undefined;
}

const padded = (length: number): number => (length + 3) & ~3;

const bytesOf = ({ key, data, timeoutMs }: ElementChange): number =>
  12 +
  padded(key.length) +
  (data === undefined ? 0 : 8 + padded(data.length)) +
  (timeoutMs === undefined ? 0 : 12);

const typeOf = ({ op, mayBeAbsent }: ElementChange): number => {
  if (op === "add") return nftMessages.addElement;
  return mayBeAbsent === true ? nftMessages.destroyElement : nftMessages.deleteElement;
};

/** Index behind the last change that goes into one message with the one at `first`. */
const endOfRun = (changes: readonly ElementChange[], first: number): number => {
  const head = changes[first];
  let bytes = 0;
  let end = first;
  for (; end < changes.length; end += 1) {
    const change = changes[end];
    if (!head || !change || change.set !== head.set || typeOf(change) !== typeOf(head)) break;
    bytes += bytesOf(change);
    if (bytes > maxListBytes && end > first) break;
  }
  return end;
};

const writeElement = (writer: MessageWriter, { key, data, timeoutMs }: ElementChange): void => {
  writer.nested(elementListAttributes.element, () => {
    writer.nested(elementAttributes.key, () => writer.attribute(elementAttributes.value, key));
    if (data !== undefined) {
      writer.nested(elementAttributes.data, () => writer.attribute(elementAttributes.value, data));
    }
    if (timeoutMs !== undefined) writer.attributeU64Be(elementAttributes.timeout, timeoutMs);
  });
};

/** What messages on elements begin with, and the list itself; answers where each element starts. */
export const writeElements = (
  writer: MessageWriter,
  address: TableAddress & { set: string },
  changes: readonly ElementChange[],
): number[] => {
  const offsets: number[] = [];
  nftHeader(writer, address.family);
  writer.attributeText(elementListAttributes.table, address.table);
  writer.attributeText(elementListAttributes.set, address.set);
  writer.nested(elementListAttributes.elements, () => {
    for (const change of changes) {
      offsets.push(writer.length);
      writeElement(writer, change);
    }
  });
  return offsets;
};

/** @param nextSequence numbers the messages */
export const writeElementBatch = (
  address: TableAddress,
  changes: readonly ElementChange[],
  nextSequence: () => number,
): ElementBatch => {
  const writer = new MessageWriter();
  const runs: Run[] = [];
  const frame = (type: number): void => {
    const header = { type, flags: netlinkFlags.request, sequence: nextSequence() };
    writer.message(header, () => nftHeader(writer, 0, batchSubsystem));
  };
  frame(batchBegin);
  for (let first = 0; first < changes.length; ) {
    const end = endOfRun(changes, first);
    runs.push(writeRun(writer, { address, changes, first, end }, nextSequence()));
    first = end;
  }
  frame(batchEnd);
  return {
    bytes: writer.written(),
    last: runs.at(-1)?.sequence ?? 0,
    changeAt: (sequence, offset) => findChange(runs, sequence, offset),
  };
};

const writeRun = (
  writer: MessageWriter,
  run: { address: TableAddress; changes: readonly ElementChange[]; first: number; end: number },
  sequence: number,
): Run => {
  const { address, changes, first, end } = run;
  const part = changes.slice(first, end);
  const [head] = part;
  const start = writer.length;
  let offsets: number[] = [];
  if (head) {
    const isLast = end === changes.length;
    const flags =
      netlinkFlags.request |
      // The kernel says of any message that it failed; of the last one also that all went well.
      (isLast ? netlinkFlags.ack : 0) |
      (head.op === "add" ? netlinkFlags.create : 0);
    writer.message({ type: nftType(typeOf(head)), flags, sequence }, () => {
      offsets = writeElements(writer, { ...address, set: head.set }, part);
    });
  }
  return { sequence, first, offsets: offsets.map((at) => at - start) };
};

const findChange = (
  runs: readonly Run[],
  sequence: number,
  offset: number | undefined,
): number | undefined => {
  const run = runs.find((one) => one.sequence === sequence);
  const inRun = offset === undefined ? -1 : (run?.offsets.lastIndexOf(offset) ?? -1);
  return run && inRun >= 0 ? run.first + inRun : undefined;
};
