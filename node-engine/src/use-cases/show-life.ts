import { type NodeRegistered, type SignHeard, signedText } from "@oak/contracts";
import { isSignDue } from "@oak/core";
import { type Clock, codeOf } from "@oak/kit";
import type { BrokerConnection, SignPost } from "../ports.ts";

/** Shows the cluster that this worker lives while its connection does not get that through. */
export interface LifeSigns {
  /** A session began; signs belong to it from now on. */
  registered(answer: Pick<NodeRegistered, "id" | "session" | "sign_of_life">): void;
  /** A connection stands; as long as it is answered nothing is sent. */
  online(connection: Pick<BrokerConnection, "unansweredSinceMs">): void;
  /** It is over. */
  offline(): void;
  /** For good: who says goodbye must not be taken for alive afterwards. */
  stop(): void;
}

export interface LifeSignsDeps {
  post: SignPost;
  clock: Clock;
}

type Session = Pick<NodeRegistered, "id" | "session"> & {
  terms: NonNullable<NodeRegistered["sign_of_life"]>;
};

export function createLifeSigns({ post, clock }: LifeSignsDeps): LifeSigns {
  let session: Session | undefined;
  let connection: Pick<BrokerConnection, "unansweredSinceMs"> | undefined;
  let offlineSinceMs = clock.monotonicMs();
  let signHeardAtMs: number | undefined;
  let seq = 0;
  let isSending = false;
  let cancel: (() => void) | undefined;

  const unansweredSinceMs = (): number | undefined =>
    connection === undefined ? offlineSinceMs : connection.unansweredSinceMs();

  const send = ({ id, session: number, terms }: Session): void => {
    seq += 1;
    const sign = { id, session: number, seq };
    post.send({ ...sign, code: codeOf(terms.key, signedText(sign)) });
    isSending = true;
  };

  const look = (current: Session): void => {
    const openSinceMs = unansweredSinceMs();
    const { patience_ms: patienceMs } = current.terms;
    const nowMs = clock.monotonicMs();
    if (isSignDue({ nowMs, unansweredSinceMs: openSinceMs, signHeardAtMs, patienceMs })) {
      send(current);
    } else if (openSinceMs === undefined && isSending) {
      isSending = false;
      post.rest();
    }
    cancel = clock.setTimer(current.terms.every_ms, () => look(current));
  };

  const stop = (): void => {
    cancel?.();
    cancel = undefined;
    session = undefined;
    post.rest();
  };

  post.onHeard((heard: SignHeard) => {
    const isOfThis = heard.session === session?.session && heard.seq <= seq;
    if (isOfThis) signHeardAtMs = clock.monotonicMs();
  });

  return {
    registered: ({ id, session: number, sign_of_life: terms }) => {
      stop();
      // The registration itself is a word; from here on the way to the broker counts.
      offlineSinceMs = clock.monotonicMs();
      signHeardAtMs = undefined;
      seq = 0;
      if (terms === undefined) return;
      session = { id, session: number, terms };
      look(session);
    },
    online: (next) => {
      connection = next;
    },
    offline: () => {
      offlineSinceMs = connection?.unansweredSinceMs() ?? clock.monotonicMs();
      connection = undefined;
    },
    stop,
  };
}
