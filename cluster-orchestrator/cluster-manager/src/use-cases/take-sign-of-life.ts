import { type SignOfLife, type SignOfLifeTerms, signedText } from "@oak/contracts";
import { signTimes } from "@oak/core";
import { codeOf, equalSecrets, revealed, type Secret } from "@oak/kit";
import type { Roster } from "./worker-roster.ts";

export interface SignBook {
  /** What a worker needs to send signs in a session. */
  terms(worker: { id: string; session: number }): SignOfLifeTerms;
  /** What became of a sign; only one that was heard is answered. */
  take(sign: SignOfLife): SignOutcome;
}

export type SignOutcome = "heard" | "unknown_worker" | "other_session" | "repeated" | "forged";

export interface SignBookDeps {
  roster: Pick<Roster, "get" | "signed">;
  tierSecret: string | Secret;
  timeoutMs: number;
}

/**
 * Signs of life, which come without a connection. The key of a session follows from the secret of the tier,
 * so nothing of it is stored, and a cluster-manager that was restarted knows it.
 */
export function createSignBook({ roster, tierSecret, timeoutMs }: SignBookDeps): SignBook {
  const times = signTimes(timeoutMs);
  const keyOf = (id: string, session: number): string =>
    codeOf(revealed(tierSecret), `sign of life ${id} ${session}`);

  return {
    terms: ({ id, session }) => ({ key: keyOf(id, session), ...times }),
    take: (sign) => {
      const worker = roster.get(sign.id);
      if (worker === undefined) return "unknown_worker";
      if (worker.session !== sign.session) return "other_session";
      // An old one, sent again by somebody else, would make the dead live.
      if (worker.sign !== undefined && sign.seq <= worker.sign.seq) return "repeated";
      const code = codeOf(keyOf(sign.id, sign.session), signedText(sign));
      if (!equalSecrets(code, sign.code)) return "forged";
      roster.signed(sign.id, sign.seq);
      return "heard";
    },
  };
}
