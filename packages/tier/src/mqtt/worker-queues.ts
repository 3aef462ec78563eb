/** One message of a worker, waiting for its turn. */
export interface QueuedMessage {
  topic: string;
  /** a later message of the same topic makes this one pointless */
  isReplaceable: boolean;
  take(): Promise<void>;
}

export interface WorkerQueuesOptions {
  /** most messages of one worker that wait */
  limit: number;
  /** there was no room: the difference shows in the worker's next heartbeat */
  onDropped(topic: string): void;
  onFailed(workerId: string, topic: string, error: unknown): void;
}

/** Takes messages of one worker one after the other, of different workers side by side. */
export interface WorkerQueues {
  push(workerId: string, message: QueuedMessage): void;
  /** Messages that wait. */
  size(): number;
  /** Resolves when nothing is being taken and nothing waits. */
  idle(): Promise<void>;
}

export function createWorkerQueues(options: WorkerQueuesOptions): WorkerQueues {
  const waiting = new Map<string, QueuedMessage[]>();
  const running = new Set<Promise<void>>();

  const work = async (workerId: string, queue: QueuedMessage[]): Promise<void> => {
    for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
      try {
        await message.take();
      } catch (error) {
        options.onFailed(workerId, message.topic, error);
      }
    }
    waiting.delete(workerId);
  };

  const begin = (workerId: string, queue: QueuedMessage[]): void => {
    waiting.set(workerId, queue);
    const pass = work(workerId, queue).finally(() => running.delete(pass));
    running.add(pass);
  };

  return {
    push: (workerId, message) => {
      const queue = waiting.get(workerId);
      if (queue === undefined) {
        begin(workerId, [message]);
        return;
      }
      if (message.isReplaceable) {
        // The newest goes to the end: it speaks of everything that was said before it.
        const older = queue.findIndex((other) => other.topic === message.topic);
        if (older !== -1) queue.splice(older, 1);
      }
      if (queue.length >= options.limit) options.onDropped(message.topic);
      else queue.push(message);
    },
    size: () => [...waiting.values()].reduce((sum, queue) => sum + queue.length, 0),
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
