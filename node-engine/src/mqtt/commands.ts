import {
  Ask,
  DeleteCommand,
  DeployCommand,
  ErrorCommand,
  HeardNotice,
  InventoryRequest,
  parseWorkerTopic,
  SyncCommand,
  type WorkerTopic,
} from "@oak/contracts";
import { type Fault, faultsOf, type Logger, type Metrics, parseJsonBody } from "@oak/kit";
import type { z } from "zod";

/** Who takes the commands of the cluster. What is answered becomes a label of the metric. */
export interface CommandTakers {
  deploy(command: DeployCommand): Promise<string>;
  remove(command: DeleteCommand): Promise<string>;
  sync(command: SyncCommand): Promise<string>;
  heard(notice: HeardNotice): Promise<string>;
  sendInventory(): Promise<string>;
  ask(ask: Ask): Promise<string>;
  registerAgain(message: string): Promise<string>;
}

export interface CommandDeps {
  takers: CommandTakers;
  logger: Logger;
  metrics: Metrics;
}

export interface CommandReceiver {
  /** Takes a message of `nodes/<id>/control/…`. Never throws: what cannot be understood is dropped. */
  receive(topic: string, payload: Buffer): void;
  /** Resolves when everything that was received has been dealt with. */
  idle(): Promise<void>;
}

interface Command {
  name: WorkerTopic;
  /** Faults, or what to do. */
  read(message: unknown): { faults: Fault[] } | { take: () => Promise<string> };
}

export function createCommandReceiver(deps: CommandDeps): CommandReceiver {
  const { logger } = deps;
  const commands = createCommands(deps.takers);
  const complaints = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const counter = deps.metrics.counter({
    name: "node_engine_commands_total",
    help: "Messages of the cluster by topic and by what became of them",
    labels: ["command", "outcome"],
  });

  const drop = (name: string, facts: object): void => {
    counter.inc({ command: name, outcome: "malformed" });
    if (complaints.has(name)) return;
    complaints.add(name);
    logger.warn({ command: name, ...facts }, "malformed command dropped (others are only counted)");
  };

  const take = async (name: string, run: () => Promise<string>): Promise<void> => {
    try {
      counter.inc({ command: name, outcome: await run() });
    } catch (error) {
      // Nothing is acknowledged then, so the cluster sends it again.
      counter.inc({ command: name, outcome: "failed" });
      logger.error({ command: name, err: error }, "command failed");
    }
  };

  const receive = (topic: string, payload: Buffer): void => {
    const name = parseWorkerTopic(topic)?.topic;
    const command = commands.find((one) => one.name === name);
    if (command === undefined) {
      drop("unknown", { topic });
      return;
    }
    const read = readCommand(command, payload);
    if ("faults" in read) {
      drop(command.name, { faults: read.faults });
      return;
    }
    const taken = take(command.name, read.take).finally(() => underWay.delete(taken));
    underWay.add(taken);
  };

  return {
    receive,
    idle: async () => {
      await Promise.all(underWay);
    },
  };
}

function readCommand(command: Command, payload: Buffer): ReturnType<Command["read"]> {
  try {
    return command.read(parseJsonBody(payload.toString("utf8")));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { faults: [{ pointer: "", message }] };
  }
}

function createCommands(takers: CommandTakers): Command[] {
  return [
    define("deploy", DeployCommand, takers.deploy),
    define("delete", DeleteCommand, takers.remove),
    define("sync", SyncCommand, takers.sync),
    define("heard", HeardNotice, takers.heard),
    define("askInventory", InventoryRequest, () => takers.sendInventory()),
    define("ask", Ask, takers.ask),
    define("error", ErrorCommand, ({ message, register_again }) =>
      register_again === true ? takers.registerAgain(message) : Promise.resolve("ignored"),
    ),
  ];
}

function define<Schema extends z.ZodType>(
  name: WorkerTopic,
  schema: Schema,
  take: (command: z.output<Schema>) => Promise<string>,
): Command {
  return {
    name,
    read: (message) => {
      const parsed = schema.safeParse(message);
      if (!parsed.success) return { faults: faultsOf(parsed.error, message) };
      return { take: () => take(parsed.data) };
    },
  };
}
