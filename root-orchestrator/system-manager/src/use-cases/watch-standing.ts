import { AppError, type Clock } from "@oak/kit";

export interface WatchStanding {
  clock: Clock;
  /** Resolves false, or rejects with a refusal, once the caller may not go on. */
  mayGoOn(): Promise<boolean>;
  /** Called at most once. */
  end(): void;
}

/** How often it is asked whether somebody may keep a stream that is open. */
export const standingCheckMs = 7_500;

/**
 * Ends what was opened for a caller soon after he may not have it any more: nobody asks for his token again while a
 * stream goes on. The answer stops the watch.
 */
export function watchStanding({ clock, mayGoOn, end }: WatchStanding): () => void {
  let isStopped = false;
  let cancel = (): void => undefined;
  const wait = (): void => {
    if (!isStopped) cancel = clock.setTimer(standingCheckMs, () => void look());
  };
  const look = async (): Promise<void> => {
    const isAllowed = await unlessUnknown(mayGoOn);
    if (isAllowed) wait();
    else if (!isStopped) end();
  };
  wait();
  return () => {
    isStopped = true;
    cancel();
  };
}

/** That nobody can tell at the moment is no reason to send anybody away. */
async function unlessUnknown(mayGoOn: () => Promise<boolean>): Promise<boolean> {
  try {
    return await mayGoOn();
  } catch (error) {
    return !(error instanceof AppError && error.status < 500);
  }
}
