export type {
  Conntrack,
  ElementChange,
  Flow,
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
