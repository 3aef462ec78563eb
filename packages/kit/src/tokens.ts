import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** SHA-256 in hex: what is stored in place of a token. Only for random tokens, never for passwords. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** A fresh token: 256 random bits in base64url (43 characters). */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Compares in constant time whatever the lengths, since both sides are hashed first. */
export function equalSecrets(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** HMAC-SHA-256 in base64url (43 characters): proves that whoever made it had the key. */
export function codeOf(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
