import type { SetElement } from "../ports.ts";
import { forEachAttribute } from "../wire/read-attributes.ts";
import { elementAttributes, elementListAttributes, nftHeaderBytes } from "./nft-message.ts";

/** The elements in one message of a dump: copies. */
export const parseElements = (payload: Buffer): SetElement[] => {
  const elements: SetElement[] = [];
  forEachAttribute(payload, { from: nftHeaderBytes, to: payload.length }, (type, from, to) => {
    if (type !== elementListAttributes.elements) return;
    forEachAttribute(payload, { from, to }, (_type, start, end) => {
      const element = parseElement(payload, start, end);
      if (element) elements.push(element);
    });
  });
  return elements;
};

const parseElement = (payload: Buffer, start: number, end: number): SetElement | undefined => {
  let key: Buffer | undefined;
  let data: Buffer | undefined;
  let expiresMs: number | undefined;
  forEachAttribute(payload, { from: start, to: end }, (type, from, to) => {
    if (type === elementAttributes.key) key = copyOfValue(payload, from, to);
    else if (type === elementAttributes.data) data = copyOfValue(payload, from, to);
    else if (type === elementAttributes.expiration) {
      expiresMs = Number(payload.readBigUInt64BE(from));
    }
  });
  // The element for "everything else" has no key.
  if (!key) return undefined;
  return { key, ...(data && { data }), ...(expiresMs !== undefined && { expiresMs }) };
};

const copyOfValue = (payload: Buffer, from: number, to: number): Buffer | undefined => {
  let value: Buffer | undefined;
  forEachAttribute(payload, { from, to }, (type, start, end) => {
    if (type === elementAttributes.value) value = Buffer.from(payload.subarray(start, end));
  });
  return value;
};
