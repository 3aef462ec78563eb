import { CommandError, errorReply } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Request } from "../wire/message.ts";
import type { Reply } from "../wire/reply.ts";
import { commonFields, readArguments } from "./arguments.ts";
import type { Command, CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { findAndModify } from "./find-and-modify.ts";
import { handshakeCommands } from "./handshake.ts";
import { readCommands } from "./read.ts";
import { schemaCommands } from "./schema.ts";
import { writeCommands } from "./write.ts";

/** Every command that is answered; any other gets error 59. */
export const commands: Readonly<Record<string, Command>> = {
  ...handshakeCommands,
  ...readCommands,
  ...writeCommands,
  ...schemaCommands,
  findAndModify,
  findandmodify: findAndModify,
  explain,
};

/** Called with each command before it runs: its name and its decoded body. */
export type CommandObserver = (name: string, body: Readonly<Record<string, unknown>>) => void;

export interface DispatchOptions extends CommandContext {
  logger: Logger;
  onCommand?: CommandObserver | undefined;
}

/** Runs a request; what goes wrong becomes an error reply, so it never rejects. */
export async function dispatch(request: Request, options: DispatchOptions): Promise<Reply> {
  try {
    options.onCommand?.(request.name, request.body);
    return await run(request, options);
  } catch (error) {
    if (error instanceof CommandError) return errorReply(error);
    options.logger.error({ err: error, command: request.name }, "command failed unexpectedly");
    const reason = error instanceof Error ? error.message : String(error);
    return errorReply(new CommandError("InternalError", reason));
  }
}

async function run({ name, body }: Request, context: DispatchOptions): Promise<Reply> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new CommandError("CommandNotFound", `no such command: '${name}'`);
  }
  const args = readArguments(name, body, [name, ...commonFields, ...command.fields]);
  const { store, cursors } = context;
  return command.run({ store, cursors, name, database: args.text("$db"), body, args });
}
