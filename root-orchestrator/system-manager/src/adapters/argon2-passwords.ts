import { hash, verify } from "@node-rs/argon2";
import type { Passwords } from "../ports/passwords.ts";

/** argon2id with the library's parameters: 19 MiB and two passes, some 20 ms of a thread of its pool. */
export function createArgon2Passwords(): Passwords {
  return {
    hash: (password) => hash(password),
    verify: async (stored, password) => {
      try {
        return await verify(stored, password);
      } catch {
        // It rejects for a hash that is no argon2 hash at all; nobody can log in with that.
        return false;
      }
    },
  };
}
