import { type Address, formatAddress, isInside, parseAddress } from "./address.ts";
import type { PoolName } from "./pools.ts";

/** Addresses that an SLA may name, by its keys in `addresses`. */
export const WISH_KEYS = ["rr_ip", "rr_ip_v6", "closest_ip", "closest_ip_v6"] as const;
export type WishKey = (typeof WISH_KEYS)[number];

interface WishRange {
  pool: PoolName;
  prefix: Address & { length: number };
  allowed: string;
}

const v4 = { family: 4, value: 0x0a1e_0000n, length: 16 } as const;

/** upstream: round robin is fdff:2000::/24 whatever its message says; closest is laid out alike. */
const ranges: Readonly<Record<WishKey, WishRange>> = {
  rr_ip: { pool: "service_v4", prefix: v4, allowed: "an address of 10.30.0.0/16" },
  closest_ip: { pool: "service_v4", prefix: v4, allowed: "an address of 10.30.0.0/16" },
  rr_ip_v6: {
    pool: "rr_v6",
    prefix: { family: 6, value: 0xfdff_2000n << 96n, length: 24 },
    allowed: "an address of fdff:2000::/24",
  },
  closest_ip_v6: {
    pool: "closest_v6",
    prefix: { family: 6, value: 0xfdff_1000n << 96n, length: 24 },
    allowed: "an address of fdff:1000::/24",
  },
};

export type ReadWish =
  | { ok: true; address: string; pool: PoolName }
  | { ok: false; message: string; allowed: string };

/** An address that a user chose, in the spelling that is stored. */
export function readWish(key: WishKey, text: string): ReadWish {
  const { prefix, pool, allowed } = ranges[key];
  const address = parseAddress(text);
  if (address === undefined) return { ok: false, message: "is not an address", allowed };
  if (!isInside(address, prefix)) return { ok: false, message: "is outside of the plan", allowed };
  return { ok: true, address: formatAddress(address), pool };
}
