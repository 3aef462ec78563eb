import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "@oak/kit";

/** Both in base64, as `wg` prints them. */
export interface WireguardKeys {
  privateKey: string;
  publicKey: string;
}

const keyBytes = 32;
/** What stands in front of the 32 bytes of a private X25519 key in PKCS #8. */
const pkcs8Header = Buffer.from("302e020100300506032b656e04220420", "hex");

/**
 * The keys of this worker: made once and kept in a file that only its owner reads. With other keys after a restart all peers would have to be told.
 * @throws Error when the file holds no key: it is not overwritten
 */
export async function loadWireguardKeys(file: string): Promise<WireguardKeys> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    const made = keysOf(generateKeyPairSync("x25519").privateKey);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeDurably(file, `${made.privateKey}\n`);
    return made;
  }
  if (!isWireguardKey(text.trim())) throw new Error(`${file} holds no WireGuard key`);
  const raw = Buffer.from(text.trim(), "base64");
  const key = Buffer.concat([pkcs8Header, raw]);
  return keysOf(createPrivateKey({ key, format: "der", type: "pkcs8" }));
}

/** 32 bytes in base64. */
export function isWireguardKey(text: string): boolean {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === keyBytes && bytes.toString("base64") === text;
}

function keysOf(key: KeyObject): WireguardKeys {
  const rawOf = (der: Buffer): string => der.subarray(-keyBytes).toString("base64");
  return {
    privateKey: rawOf(key.export({ format: "der", type: "pkcs8" })),
    publicKey: rawOf(createPublicKey(key).export({ format: "der", type: "spki" })),
  };
}
