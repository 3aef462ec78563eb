import type { NetDescriptor } from "@oak/contracts";
import { readWish, type WishKey } from "@oak/core";
import { errors } from "../errors.ts";

/** What a descriptor, or the service that was made of it, says about addresses. */
export type Wishing = Pick<NetDescriptor, "RR_ip" | "RR_ip_v6" | "addresses">;

/** Addresses that the author of a service chose, as they are stored; undefined leaves the choice to us. */
export type Wishes = Readonly<Record<WishKey, string | undefined>>;

/**
 * upstream: reads `RR_ip` and `RR_ip_v6` of the descriptor alone.
 * @throws AppError address_invalid, naming the key
 */
export function wishesOf({ RR_ip, RR_ip_v6, addresses = {} }: Wishing): Wishes {
  return {
    rr_ip: canonical("rr_ip", RR_ip ?? addresses.rr_ip),
    rr_ip_v6: canonical("rr_ip_v6", RR_ip_v6 ?? addresses.rr_ip_v6),
    closest_ip: canonical("closest_ip", addresses.closest_ip),
    closest_ip_v6: canonical("closest_ip_v6", addresses.closest_ip_v6),
  };
}

function canonical(key: WishKey, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const wish = readWish(key, text);
  if (wish.ok) return wish.address;
  const fault = {
    pointer: `/addresses/${key}`,
    message: wish.message,
    found: JSON.stringify(text.slice(0, 64)),
    allowed: wish.allowed,
  };
  throw errors.address_invalid({ detail: `${key} ${wish.message}`, faults: [fault] });
}
