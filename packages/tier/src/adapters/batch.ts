import { MOST_CHANGED } from "@oak/contracts";

/**
 * Collects what is asked while a request is under way (or in the same turn) and asks it in one. Alone, an
 * item goes out at once.
 * @param send answers one for each item, in their order; what it answers as an Error is that item's failure
 */
export function createBatch<Item, Answer>(
  send: (items: Item[]) => Promise<readonly (Answer | Error)[]>,
): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve(answer: Answer): void; reject(error: unknown): void };
  let waiting: Waiting[] = [];
  let isSending = false;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_CHANGED);
      waiting = waiting.slice(MOST_CHANGED);
      try {
        const answers = await send(batch.map(({ item }) => item));
        batch.forEach(({ resolve, reject }, index) => {
          const answer = answers[index];
          if (answer === undefined) reject(new Error("a batch was answered in part"));
          else if (answer instanceof Error) reject(answer);
          else resolve(answer);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isSending = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isSending) return;
      isSending = true;
      queueMicrotask(() => void flush());
    });
}
