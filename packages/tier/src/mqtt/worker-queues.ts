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
  /** of one worker; 1 unless said otherwise, and then they are taken in the order in which they came */
  atOnce?: number;
  /** there was no room: the difference shows in the worker's next heartbeat */
  onDropped(topic: string): void;
  onFailed(workerId: string, topic: string, error: unknown): void;
}

/** Takes messages of one worker in turn, of different workers side by side. */
export interface WorkerQueues {
  push(workerId: string, message: QueuedMessage): void;
  /** Messages that wait. */
  size(): number;
  /** Resolves when nothing is being taken and nothing waits. */
  idle(): Promise<void>;
}

interface WorkerQueue {
  waiting: QueuedMessage[];
  /** How many of its messages are being taken. */
  passes: number;
}

export function createWorkerQueues(options: WorkerQueuesOptions): WorkerQueues {
  const { limit, atOnce = 1 } = options;
  const queues = new Map<string, WorkerQueue>();
  const running = new Set<Promise<void>>();

  const work = async (workerId: string, queue: WorkerQueue): Promise<void> => {
    const { waiting } = queue;
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      try {
        await message.take();
      } catch (error) {
        options.onFailed(workerId, message.topic, error);
      }
    }
    // In the same turn as the last look, so that nothing is left waiting for this pass.
    queue.passes -= 1;
    if (queue.passes === 0) queues.delete(workerId);
  };

  const begin = (workerId: string, queue: WorkerQueue): void => {
    queue.passes += 1;
    const pass = work(workerId, queue).finally(() => running.delete(pass));
    running.add(pass);
  };

  return {
    push: (workerId, message) => {
      const queue = queues.get(workerId) ?? { waiting: [], passes: 0 };
      queues.set(workerId, queue);
      const { waiting } = queue;
      if (queue.passes < atOnce) {
        waiting.push(message);
        begin(workerId, queue);
        return;
      }
      if (message.isReplaceable) {
        // The newest goes to the end: it speaks of everything that was said before it.
        const older = waiting.findIndex((other) => other.topic === message.topic);
        if (older !== -1) waiting.splice(older, 1);
      }
      if (waiting.length >= limit) options.onDropped(message.topic);
      else waiting.push(message);
    },
    size: () => [...queues.values()].reduce((sum, { waiting }) => sum + waiting.length, 0),
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
