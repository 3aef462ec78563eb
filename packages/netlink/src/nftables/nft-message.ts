import type { MessageWriter } from "../wire/message-writer.ts";

const subsystem = 10;

export const nftMessages = {
  addElement: 12,
  getElement: 13,
  deleteElement: 14,
  getGeneration: 16,
  /** Like deleteElement, and content when it isn't there; since Linux 6.3. */
  destroyElement: 30,
} as const;

export const elementListAttributes = { table: 1, set: 2, elements: 3, element: 1 } as const;

export const elementAttributes = {
  key: 1,
  data: 2,
  flags: 3,
  timeout: 4,
  expiration: 5,
  /** Within key and data. */
  value: 1,
} as const;

export const generationId = 1;

/** As netfilter numbers them. */
export const nftFamilies = { inet: 1, ip: 2, bridge: 7, ip6: 10 } as const;
export type NftFamily = keyof typeof nftFamilies;

export interface TableAddress {
  /** One of {@link nftFamilies}. */
  family: number;
  table: string;
}

export const nftType = (message: number): number => (subsystem << 8) | message;

/** The fixed part of all netfilter messages. */
export const nftHeaderBytes = 4;

export const nftHeader = (writer: MessageWriter, family: number, resource = 0): void => {
  writer.u8(family);
  writer.u8(0);
  writer.u16Be(resource);
};
