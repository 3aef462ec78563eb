import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Secret } from "@oak/kit";
import type { Sealing } from "../ports/mail.ts";

const algorithm = "aes-256-gcm";
const ivLength = 12;
const tagLength = 16;

/**
 * AES-256-GCM under a secret of this root: who sees the settings, in an export or on a screen, does not see what is
 * sealed there. The key is in the same database, so whoever has all of it can open them.
 */
export function createSealing(secret: () => Promise<Secret>): Sealing {
  const key = async (): Promise<Buffer> =>
    createHash("sha256")
      .update((await secret()).reveal())
      .digest();
  return {
    seal: async (text) => {
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv(algorithm, await key(), iv);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
    },
    open: async (text) => {
      const bytes = Buffer.from(text, "base64");
      if (bytes.length < ivLength + tagLength) return undefined;
      const decipher = createDecipheriv(algorithm, await key(), bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      });
      decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
      try {
        const sealed = bytes.subarray(ivLength + tagLength);
        return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
