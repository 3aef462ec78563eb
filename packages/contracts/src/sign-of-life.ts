import { z } from "zod";
import { Id } from "./ids.ts";
import { Seq, Session } from "./numbers.ts";

/**
 * One datagram from a worker to the port of its cluster-manager: it lives, although its connection to the
 * broker answers nothing. It says nothing about what runs; `seq` counts the signs of a session.
 */
export const SignOfLife = z.object({
  id: Id,
  session: Session,
  seq: Seq,
  /** HMAC of {@link signedText} with the key of the session */
  code: z.string().max(64),
});
export type SignOfLife = z.infer<typeof SignOfLife>;

/** The answer to a sign: it was heard. */
export const SignHeard = SignOfLife.pick({ session: true, seq: true });
export type SignHeard = z.infer<typeof SignHeard>;

/** A sign as bytes is never longer. */
export const LONGEST_SIGN_BYTES = 256;

/** What the code of a sign vouches for. */
export function signedText({ id, session, seq }: Omit<SignOfLife, "code">): string {
  return `${id} ${session} ${seq}`;
}
