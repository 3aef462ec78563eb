import type { NodeRegistered, NodeRegistration } from "@oak/contracts";
import { backoffDelay, type Clock, type Logger, sleep } from "@oak/kit";
import { explainRegistration, type RegistrationTrouble } from "../domain/registration-trouble.ts";
import type { ClusterDoor } from "../ports.ts";

export interface JoinClusterDeps {
  door: ClusterDoor;
  /** The worker as it is at this moment. */
  describe(): Promise<NodeRegistration>;
  password(): string | undefined;
  clock: Clock;
  /** Numbers in [0, 1). */
  random: () => number;
  logger: Logger;
  /** Called with what is wrong after each try that failed. */
  onTrouble(trouble: RegistrationTrouble): void;
}

const pause = { baseMs: 500, maxMs: 15_000 };
/** The same trouble is worth a warning again after this. */
const remindMs = 60_000;

/**
 * Tries to register until it succeeds, for ever if need be: whatever is wrong may be put right at the other
 * end. undefined when `signal` ended it.
 */
export async function joinCluster(
  deps: JoinClusterDeps,
  signal: AbortSignal,
): Promise<NodeRegistered | undefined> {
  const { door, clock, random } = deps;
  const warn = createReminder(deps);
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const registration = await deps.describe();
    const password = deps.password();
    try {
      return await door.register(registration, { signal, ...(password && { password }) });
    } catch (error) {
      if (signal.aborted) return undefined;
      const hasJoinSecret = registration.token !== undefined;
      const trouble = explainRegistration(error, { target: door.target, hasJoinSecret });
      deps.onTrouble(trouble);
      warn(trouble, error);
    }
    await sleep(clock, backoffDelay({ attempt, ...pause, random }), signal);
  }
  return undefined;
}

function createReminder({ clock, logger }: JoinClusterDeps) {
  let last: { reason: string; atMs: number } | undefined;
  return ({ reason, detail }: RegistrationTrouble, err: unknown): void => {
    const nowMs = clock.monotonicMs();
    const isKnown = last?.reason === reason && nowMs - last.atMs < remindMs;
    if (!isKnown) last = { reason, atMs: nowMs };
    if (!isKnown) logger.warn({ reason, detail }, "not registered, will try again");
    logger.debug({ reason, err }, "registration failed");
  };
}
