/** What a command sees and does; a test gives it another one. */
export interface World {
  /** Folder that stands for `/`. */
  root: string;
  /** Lets a program speak to the terminal, and answers its exit code: 127 when there is none of this name. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<number>;
  /** All that comes in on the standard input. */
  read(): Promise<string>;
  print(text: string): void;
  complain(text: string): void;
}

/** What a command ends with. */
export const EXIT = { done: 0, failed: 1, misused: 2, notOffered: 3 } as const;

/** What is said to whoever called, in one sentence; the command ends with `code`. */
export class Refusal extends Error {
  readonly code: number;

  constructor(message: string, code: number = EXIT.failed) {
    super(message);
    this.code = code;
  }
}

/** The command line cannot be understood. */
export function misused(message: string): Refusal {
  return new Refusal(message, EXIT.misused);
}

/** A verb of Oakestra's for what is not done here. */
export function notOffered(message: string): Refusal {
  return new Refusal(message, EXIT.notOffered);
}

/** Runs one command line: what went wrong is said in one sentence, below it the usage when that was the fault. */
export async function attempt(
  world: World,
  usage: string,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refusal) {
      world.complain(`${error.message}\n`);
      if (error.code === EXIT.misused) world.complain(`\n${usage}`);
      return error.code;
    }
    if (isNotAllowed(error)) {
      world.complain("Only root may do this: put sudo before it.\n");
      return EXIT.failed;
    }
    throw error;
  }
}

function isNotAllowed(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return code === "EACCES" || code === "EPERM";
}
