export { openConntrack } from "./conntrack/open-conntrack.ts";
export { KernelError } from "./kernel-error.ts";
export { inNamespace, type Namespace, openNamespace } from "./namespace.ts";
export type { NftFamily } from "./nftables/nft-message.ts";
export { type NftablesOptions, openNftables } from "./nftables/open-nftables.ts";
export { openTun } from "./open-tun.ts";
export type {
  Conntrack,
  ElementChange,
  Flow,
  FlowEnds,
  FlowFilter,
  KernelLink,
  KernelNeighbour,
  KernelRoute,
  LinkSettings,
  Nftables,
  Rtnetlink,
  SetElement,
  Tun,
  VxlanSettings,
} from "./ports.ts";
export { openRtnetlink } from "./rtnetlink/open-rtnetlink.ts";
export { formatIp, formatMac, parseIp, parseMac } from "./wire/ip-text.ts";
