import type { Logger } from "./logger.ts";

/** Anything long-lived. `stop` may be called once after a `start` that succeeded. */
export interface Startable {
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** A part of a service, named for the log. */
export interface Component extends Startable {
  name: string;
}

/**
 * Names a part. Not by spreading it: that would read its getters, and some of them (`database.db`) throw
 * before the start.
 */
export function component(name: string, part: Startable): Component {
  return { name, start: () => part.start(), stop: () => part.stop() };
}

/** Components as one. */
export interface Composed {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ComponentsOptions {
  logger: Logger;
  /** In the order in which they start; they stop in the reverse order. */
  components: readonly Component[];
}

/**
 * Joins components to one. When a start fails, those already started are stopped again and the error
 * is thrown on. A stop that fails does not keep the others from stopping; then `stop` rejects with an
 * AggregateError at the end.
 */
export function composeComponents({ logger, components }: ComponentsOptions): Composed {
  let started: Component[] = [];

  const stop = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const component of started.splice(0).reverse()) {
      try {
        await component.stop();
        logger.debug({ component: component.name }, "component stopped");
      } catch (error) {
        errors.push(error);
        logger.error({ component: component.name, err: error }, "component failed to stop");
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "Some components failed to stop");
  };

  const start = async (): Promise<void> => {
    started = [];
    for (const component of components) {
      try {
        await component.start();
      } catch (error) {
        logger.error({ component: component.name, err: error }, "component failed to start");
        // What fails on the way back is logged; the reason of the start is what the caller needs.
        await stop().catch(() => undefined);
        throw error;
      }
      started.push(component);
      logger.debug({ component: component.name }, "component started");
    }
  };

  return { start, stop };
}

/** Starts all components in order and answers what stops them again. */
export async function runService(
  options: ComponentsOptions,
): Promise<{ stop: () => Promise<void> }> {
  const service = composeComponents(options);
  await service.start();
  options.logger.info("service started");
  return {
    stop: async () => {
      await service.stop();
      options.logger.info("service stopped");
    },
  };
}
