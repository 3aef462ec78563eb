export type FrameVerdict = "ok" | "too_large" | "malformed";

/**
 * Follows the packets of one connection and says at the header of a packet that it is too large. The
 * parser behind it would first collect all of it, up to 256 MiB, also from clients nobody knows yet.
 */
export interface FrameGuard {
  /** The next bytes, cut anywhere. Anything but `ok` is final. */
  accept(chunk: Uint8Array): FrameVerdict;
  /** Another limit, from the next packet on. */
  allow(maxPacketBytes: number): void;
}

export function createFrameGuard(maxPacketBytes: number): FrameGuard {
  let limit = maxPacketBytes;
  /** bytes of the present packet's body that are still to come */
  let remaining = 0;
  /** bytes of the fixed header seen: 0 is the packet type, 1 to 4 hold the length */
  let headerBytes = 0;
  let length = 0;

  const readHeaderByte = (byte: number): FrameVerdict => {
    headerBytes += 1;
    if (headerBytes === 1) {
      length = 0;
      return "ok";
    }
    length += (byte & 0x7f) * 128 ** (headerBytes - 2);
    if (length > limit) return "too_large";
    // [MQTT-2.2.3]: the length has four bytes at most, 7 bits each
    if ((byte & 0x80) !== 0) return headerBytes === 5 ? "malformed" : "ok";
    remaining = length;
    headerBytes = 0;
    return "ok";
  };

  return {
    accept: (chunk) => {
      let offset = 0;
      while (offset < chunk.length) {
        const step = Math.min(remaining, chunk.length - offset);
        remaining -= step;
        offset += step;
        if (offset === chunk.length) break;
        const verdict = readHeaderByte(chunk[offset] ?? 0);
        if (verdict !== "ok") return verdict;
        offset += 1;
      }
      return "ok";
    },
    allow: (bytes) => {
      limit = bytes;
    },
  };
}
