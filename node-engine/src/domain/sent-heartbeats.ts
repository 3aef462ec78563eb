/** When each heartbeat of the present session left. */
export interface SentHeartbeats {
  /** A heartbeat is about to be sent. Its number is above all before it in this session. */
  note(numbers: HeartbeatNumbers, atMs: number): void;
  /** undefined: it was not sent under this session, or too long ago. */
  sentMs(numbers: HeartbeatNumbers): number | undefined;
}

export interface HeartbeatNumbers {
  session: number;
  seq: number;
}

/** At ten a second still more than the longest lease. */
const mostKept = 256;

export function createSentHeartbeats(): SentHeartbeats {
  const sent = new Map<number, number>();
  let session: number | undefined;
  let newest = 0;

  return {
    note: (numbers, atMs) => {
      // A cluster that was restored from an old backup may give a session twice; the count begins anew then.
      if (numbers.session !== session || numbers.seq <= newest) sent.clear();
      session = numbers.session;
      newest = numbers.seq;
      sent.set(newest, atMs);
      const [oldest] = sent.keys();
      if (sent.size > mostKept && oldest !== undefined) sent.delete(oldest);
    },
    sentMs: (numbers) => (numbers.session === session ? sent.get(numbers.seq) : undefined),
  };
}
