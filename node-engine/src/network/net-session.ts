import type { NetIdle, NetRegister, NetRegistered } from "@oak/contracts";
import { backoffCeiling, type Clock, type Logger } from "@oak/kit";
import { createFault, type Fault, faultOf, RuntimeFault } from "../domain/fault.ts";
import type { NetManager } from "./ports.ts";

/**
 * Keeps this worker registered at its net-manager, and notices when that has begun anew: whatever it was told
 * then has to be told again.
 */
export interface NetSession {
  start(): void;
  stop(): Promise<void>;
  /** As whom to register. The same again changes nothing. */
  enter(registration: NetRegister): void;
  isReady(): boolean;
  /** How many namespaces can be connected at once, by the latest registration. */
  capacity(): number | undefined;
  /** @throws RuntimeFault `network_unavailable` while nothing can be asked of the net-manager. */
  assertReady(): void;
  /** Somebody has met a fault: looks now. */
  doubt(): void;
}

export interface NetSessionDeps {
  manager: Pick<NetManager, "status" | "register">;
  clock: Clock;
  random: () => number;
  logger: Logger;
  /** Called with each new session, before anybody else may ask for something. A rejection is a failed try. */
  onSession: (registered: NetRegistered) => Promise<void>;
  /** Called after each new session, and when the net-manager answers again. */
  onReady: () => void;
  /** Called with each look: the copies that it calls idle. */
  onIdle: (copies: readonly NetIdle[]) => void;
}

const lookEveryMs = 2_000;
const pause = { baseMs: 250, maxMs: 5_000 };
const notRegistered = createFault("network_unavailable", "this worker is not registered yet");

export function createNetSession(deps: NetSessionDeps): NetSession {
  const { manager, clock, random, logger } = deps;
  let registration: NetRegister | undefined;
  /** What was registered, and with which process. */
  let entered: { text: string; session: string } | undefined;
  let capacity: number | undefined;
  let fault: Fault | undefined = notRegistered;
  let failures = 0;
  let running: AbortController | undefined;
  let isAgain = false;
  let looking: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;

  /** Answers whether it is a new session. */
  const look = async (signal: AbortSignal): Promise<boolean> => {
    const mine = registration;
    if (mine === undefined) throw new RuntimeFault(notRegistered);
    const text = JSON.stringify(mine);
    const { session, registered, idle = [] } = await manager.status();
    deps.onIdle(idle);
    if (registered && entered?.session === session && entered.text === text) return false;
    const answer = await manager.register(mine, signal);
    capacity = answer.capacity;
    await deps.onSession(answer);
    entered = { text, session: answer.session };
    logger.info({ session: answer.session }, "registered at the net-manager");
    return true;
  };

  const settle = async (signal: AbortSignal): Promise<void> => {
    try {
      const isNew = await look(signal);
      const isBack = fault !== undefined;
      fault = undefined;
      failures = 0;
      if (isNew || isBack) deps.onReady();
    } catch (error) {
      const isNews = registration !== undefined && (fault === undefined || failures === 0);
      if (isNews && !signal.aborted) logger.warn({ err: error }, "net-manager out of reach");
      fault = asUnavailable(faultOf(error));
      deps.onIdle([]);
      failures += 1;
    }
  };

  const nextMs = (): number => {
    if (failures === 0) return isAgain ? 0 : lookEveryMs;
    return (backoffCeiling({ attempt: failures - 1, ...pause }) * (1 + random())) / 2;
  };

  const begin = (): void => {
    if (running === undefined || looking !== undefined) return;
    const { signal } = running;
    cancelTimer?.();
    isAgain = false;
    looking = settle(signal).finally(() => {
      looking = undefined;
      if (!signal.aborted) cancelTimer = clock.setTimer(nextMs(), begin);
    });
  };

  const lookNow = (): void => {
    if (looking === undefined) begin();
    else isAgain = true;
  };

  return {
    start: () => {
      if (running !== undefined) return;
      running = new AbortController();
      begin();
    },
    stop: async () => {
      running?.abort();
      running = undefined;
      cancelTimer?.();
      await looking;
    },
    enter: (next) => {
      registration = next;
      failures = 0;
      lookNow();
    },
    isReady: () => fault === undefined,
    capacity: () => capacity,
    assertReady: () => {
      if (fault !== undefined) throw new RuntimeFault(fault);
    },
    // A pause that is under way stays: what is down is not asked more often because many ask for it.
    doubt: () => {
      if (failures === 0) lookNow();
    },
  };
}

/** Whatever keeps this worker from its net-manager says nothing about a single workload. */
function asUnavailable(fault: Fault): Fault {
  return fault.reason === "network_unavailable"
    ? fault
    : createFault("network_unavailable", fault.detail);
}
