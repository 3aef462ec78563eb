/** What one broker and one client of it may use. */
export interface BrokerLimits {
  /** Further connections are closed at once. */
  maxConnections: number;
  /** Connections whose client is not admitted yet: bounds what strangers can occupy. */
  maxPending: number;
  /** Until a connected client has said who it is. */
  handshakeTimeoutMs: number;
  /** A subscriber that takes nothing for this long is cut, so that it does not stall all others. */
  drainTimeoutMs: number;
  maxPacketBytes: number;
  /** The same before the client is admitted: a CONNECT with its will. */
  maxHandshakeBytes: number;
  /** Of one worker; managers are not limited. A worker has one for each service that something on it uses. */
  maxSubscriptions: number;
}

export const defaultLimits: BrokerLimits = {
  maxConnections: 20_000,
  maxPending: 4_096,
  handshakeTimeoutMs: 10_000,
  drainTimeoutMs: 2_000,
  maxPacketBytes: 1024 * 1024,
  maxHandshakeBytes: 64 * 1024,
  maxSubscriptions: 4_096,
};
