import { type Doc, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, hasFlag, textOf } from "../../input.ts";
import { findInstance, findService, serviceNameOf } from "../../resolve/resolve.ts";
import { followAll, instanceNumbers } from "./follow-all.ts";
import {
  instanceOf,
  isWithoutRoute,
  type LogWish,
  linesFollowed,
  linesUntilNow,
} from "./instance-lines.ts";
import { createLinePrinter, type PrintLine } from "./line-printer.ts";

/** Each holds a connection to the root. */
const mostFollowed = 50;

export async function printLogs(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = "", number] = argumentsOf(input, { required: ["ID|NAME"], optional: ["N"] });
  const wish: LogWish = {
    since: textOf(input, "since"),
    tail: countOf(input, "tail", { min: 0, max: 1_000_000 }),
  };
  const api = await context.api();
  const service = await findService(api, word);
  const numbers = chosen(service, number);
  const print = createLinePrinter(context, {
    service: serviceNameOf(service),
    hasPrefix: number === undefined,
    hasTimes: hasFlag(input, "timestamps"),
  });
  const reading = { api, service, numbers, wish, print, context };
  if (!hasFlag(input, "follow")) await printUntilNow(reading);
  else if (number === undefined) await followEach(reading);
  else await followOne(reading);
  return exitCodes.fine;
}

interface Reading {
  api: Api;
  service: Doc;
  numbers: readonly number[];
  wish: LogWish;
  print: PrintLine;
  context: CommandContext;
}

function chosen(service: Doc, word: string | undefined): number[] {
  if (word !== undefined) return [Number(textAt(findInstance(service, word), "instance_number"))];
  const numbers = instanceNumbers(service);
  if (numbers.length > 0) return numbers;
  const name = serviceNameOf(service);
  throw new CliError(`${name} has no instance`, {
    exitCode: exitCodes.notFound,
    advice: [`\`oak scale ${name} 1\` starts one`],
  });
}

async function printUntilNow({ api, service, numbers, wish, print, context }: Reading) {
  const serviceId = idAt(service, "microserviceID");
  for (const instance of numbers) {
    try {
      const lines = linesUntilNow({ api, serviceId, instance }, wish);
      for await (const line of lines) await print(instance, line);
    } catch (error) {
      if (isWithoutRoute(error)) await printEnd({ service, instance, print, context });
      // One that has no log yet keeps nobody from those of the others.
      else if (numbers.length === 1 || !(error instanceof CliError)) throw error;
      else context.out.warn(`instance ${instance}: ${error.message}`);
    }
  }
}

interface EndReading extends Pick<Reading, "service" | "print" | "context"> {
  instance: number;
}

/** Older roots know the end of a log alone. */
async function printEnd({ service, instance, print, context }: EndReading): Promise<void> {
  context.out.note("this root streams no logs; what follows is the end that it knows");
  const known = textAt(instanceOf(service, instance) ?? {}, "logs") ?? "";
  if (known === "") return;
  for (const text of known.replace(/\n$/, "").split("\n")) {
    await print(instance, { at: undefined, text });
  }
}

async function followOne({ api, service, numbers, wish, print, context }: Reading) {
  const serviceId = idAt(service, "microserviceID");
  const { signal } = new AbortController();
  for (const instance of numbers) {
    const target = { api, serviceId, instance };
    const onLost = (reason: string): void => context.out.note(`${reason}; trying again`);
    const lines = linesFollowed(target, { wish, onLost, signal });
    for await (const line of lines) await print(instance, line);
  }
}

async function followEach({ api, service, numbers, wish, print, context }: Reading) {
  if (numbers.length > mostFollowed) {
    throw new CliError(`${numbers.length} instances are more than can be followed at once`, {
      exitCode: exitCodes.wrongUse,
      advice: [`Say which one: \`oak logs ${serviceNameOf(service)} N -f\``],
    });
  }
  const serviceId = idAt(service, "microserviceID");
  let lastReason: string | undefined;
  // All streams are lost at once when their root is.
  const onLost = (reason: string): void => {
    if (reason !== lastReason) context.out.note(`${reason}; trying again`);
    lastReason = reason;
  };
  await followAll(numbers, { api, serviceId, wish, print, onLost });
}
