import type { SealedPeerState } from "../ports.ts";
import {
  formatEndpoint,
  type WireguardChange,
  type WireguardDeviceState,
  type WireguardPeer,
  type WireguardPeerState,
} from "./wireguard-control.ts";

/** Another worker, as a WireGuard peer. */
export interface SealedPeer {
  /** Base address of its IPv4 subnet. */
  key: string;
  publicKey: string;
  host: string;
  port: number;
  /** Its address inside. */
  inner: string;
}

/** Sessions are renewed every two minutes while packets flow, and keepalives flow always; three minutes end them. */
const sessionS = 195;
/** After which without a handshake a peer counts as unreachable. */
const patienceMs = 15_000;
/** When a peer that was just added is tried anew: the device itself waits five seconds, and the other side may have needed a moment to hear of us. */
const triesMs = [1_000, 2_000, 4_000, 8_000];

interface Wanted {
  peer: SealedPeer;
  /** Absent: the device has not been told. */
  endpoint?: string;
  sinceMs: number;
  tries: number;
  handshakeS?: number;
}

export interface SealedTimes {
  monotonicMs: number;
  nowMs: number;
}

/** Who the device should know, and how far each of them is. */
export interface SealedPeers {
  /** Answers whether that is news. */
  set(peer: SealedPeer, at: SealedTimes): boolean;
  remove(key: string): SealedPeer | undefined;
  all(): SealedPeer[];
  /** What the device is to be told, given what it knows. Peers that nobody has named stay while `keepsOthers`. */
  plan(
    present: readonly WireguardPeerState[],
    options: { at: SealedTimes; keepsOthers: boolean },
  ): Pick<WireguardChange, "removed" | "set">;
  /** The device is new and knows nobody. */
  forgetTold(): void;
  states(at: SealedTimes): Map<string, SealedPeerState>;
}

export function createSealedPeers(): SealedPeers {
  const wanted = new Map<string, Wanted>();

  /** Undefined: nothing to be told. `again`: removed first, so that the next handshake begins at once. */
  const tellingOf = (one: Wanted, known: WireguardPeerState | undefined, at: SealedTimes) => {
    const { peer } = one;
    const endpoint = formatEndpoint(peer);
    const isTold = one.endpoint === endpoint;
    const isRight = known?.allowedIps.join() === `${peer.inner}/32`;
    const isDue = at.monotonicMs - one.sinceMs >= (triesMs[one.tries] ?? Number.POSITIVE_INFINITY);
    if (known !== undefined && isRight && one.endpoint === undefined && isAlive(known, at)) {
      // A predecessor's, with a session: where its packets come from is where it is.
      one.endpoint = endpoint;
      return undefined;
    }
    if (known !== undefined && isRight && isTold && known.handshakeS === undefined && isDue) {
      one.tries += 1;
      return "again";
    }
    if (known !== undefined && isRight && isTold) return undefined;
    one.endpoint = endpoint;
    return "set";
  };

  return {
    set: (peer, { monotonicMs }) => {
      const before = wanted.get(peer.key);
      if (before !== undefined && isSame(before.peer, peer)) return false;
      const isOther = before?.peer.publicKey !== peer.publicKey;
      const told = isOther ? {} : before && { endpoint: before.endpoint ?? "" };
      wanted.set(peer.key, { peer, ...told, sinceMs: monotonicMs, tries: 0 });
      return true;
    },
    remove: (key) => {
      const peer = wanted.get(key)?.peer;
      wanted.delete(key);
      return peer;
    },
    all: () => [...wanted.values()].map(({ peer }) => peer),
    plan: (present, { at, keepsOthers }) => {
      const known = new Map(present.map((peer) => [peer.publicKey, peer]));
      const removed: string[] = [];
      const set: WireguardPeer[] = [];
      for (const one of wanted.values()) {
        const { publicKey, host, port, inner } = one.peer;
        const state = known.get(publicKey);
        if (state?.handshakeS === undefined) delete one.handshakeS;
        else one.handshakeS = state.handshakeS;
        const telling = tellingOf(one, state, at);
        if (telling === undefined) continue;
        if (telling === "again") removed.push(publicKey);
        set.push({ publicKey, endpoint: { host, port }, allowedIps: [`${inner}/32`] });
      }
      const named = new Set([...wanted.values()].map(({ peer }) => peer.publicKey));
      const others = [...known.keys()].filter((key) => !named.has(key));
      return { removed: keepsOthers ? removed : [...removed, ...others], set };
    },
    forgetTold: () => {
      for (const one of wanted.values()) delete one.endpoint;
    },
    states: (at) =>
      new Map([...wanted].map(([key, one]): [string, SealedPeerState] => [key, stateOf(one, at)])),
  };
}

function stateOf(one: Wanted, at: SealedTimes): SealedPeerState {
  if (isAlive(one, at)) return "up";
  return at.monotonicMs - one.sinceMs < patienceMs ? "connecting" : "unreachable";
}

function isAlive({ handshakeS }: { handshakeS?: number }, { nowMs }: SealedTimes): boolean {
  return handshakeS !== undefined && nowMs / 1_000 - handshakeS < sessionS;
}

function isSame(one: SealedPeer, other: SealedPeer): boolean {
  return (
    one.publicKey === other.publicKey &&
    one.host === other.host &&
    one.port === other.port &&
    one.inner === other.inner
  );
}

/** Key and port of the device, when they are not as they should be. */
export function deviceChange(
  present: WireguardDeviceState,
  wished: { privateKey: string; port: number },
): Pick<WireguardChange, "device"> {
  const isRight = present.privateKey === wished.privateKey && present.port === wished.port;
  return isRight ? {} : { device: wished };
}
