export interface HeartbeatWheelOptions<T> {
  everyMs: number;
  random: () => number;
  beat(member: T, nowMs: number): void;
}

/** Calls each member once in a while, all of them spread over the time, with one timer. */
export interface HeartbeatWheel<T> {
  add(member: T): void;
  start(): void;
  stop(): void;
  /** By how much a beat came late at most since the last call. */
  takeWorstLateMs(): number;
}

const slotMs = 5;
/** As an engine's: keeps many workers apart. */
const jitter = 0.05;

export function createHeartbeatWheel<T>(options: HeartbeatWheelOptions<T>): HeartbeatWheel<T> {
  const { everyMs, random, beat } = options;
  const slots = new Map<number, T[]>();
  let nextSlot = Math.floor(performance.now() / slotMs);
  let timer: NodeJS.Timeout | undefined;
  let worstLateMs = 0;

  const put = (member: T, atMs: number): void => {
    const slot = Math.max(nextSlot, Math.floor(atMs / slotMs));
    const members = slots.get(slot);
    if (members === undefined) slots.set(slot, [member]);
    else members.push(member);
  };

  const turn = (): void => {
    const untilSlot = Math.floor(performance.now() / slotMs);
    while (nextSlot <= untilSlot) {
      const slot = nextSlot;
      nextSlot += 1;
      const members = slots.get(slot);
      if (members === undefined) continue;
      slots.delete(slot);
      const nowMs = performance.now();
      worstLateMs = Math.max(worstLateMs, nowMs - (slot + 1) * slotMs);
      for (const member of members) {
        beat(member, nowMs);
        put(member, nowMs + everyMs * (1 + jitter * (2 * random() - 1)));
      }
    }
  };

  return {
    add: (member) => put(member, performance.now() + everyMs * random()),
    start: () => {
      timer ??= setInterval(turn, slotMs);
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
    takeWorstLateMs: () => {
      const worst = worstLateMs;
      worstLateMs = 0;
      return worst;
    },
  };
}
