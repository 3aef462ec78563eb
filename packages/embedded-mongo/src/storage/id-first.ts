import { onDemand } from "bson";

/**
 * Moves the element `_id` to the front of an encoded document, where MongoDB keeps it, without
 * decoding the others: they keep their exact types.
 */
export function idFirst(bytes: Uint8Array): Uint8Array {
  let previousEnd = 4;
  for (const [, nameOffset, nameLength, offset, length] of onDemand.parseToElements(bytes)) {
    // The type byte stands right before the name.
    const start = nameOffset - 1;
    const end = offset + length;
    if (
      nameLength === 3 &&
      Buffer.from(bytes.subarray(nameOffset, nameOffset + 3)).equals(idName)
    ) {
      if (previousEnd === 4) return bytes;
      return Buffer.concat([
        bytes.subarray(0, 4),
        bytes.subarray(start, end),
        bytes.subarray(4, start),
        bytes.subarray(end),
      ]);
    }
    previousEnd = end;
  }
  return bytes;
}

const idName = Buffer.from("_id");
