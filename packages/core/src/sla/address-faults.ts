import { readWish, WISH_KEYS } from "../addressing/wished-address.ts";
import { type SlaFault, type SlaPath, slaFault } from "./sla-fault.ts";

/** Addresses that an author chose must be some, and of the range of their policy; text alone is looked at. */
export function addressFaults(addresses: unknown, path: SlaPath): SlaFault[] {
  if (typeof addresses !== "object" || addresses === null) return [];
  return WISH_KEYS.flatMap((key) => {
    const text: unknown = Reflect.get(addresses, key);
    if (typeof text !== "string") return [];
    const wish = readWish(key, text);
    return wish.ok ? [] : [slaFault([...path, key], text, wish)];
  });
}
