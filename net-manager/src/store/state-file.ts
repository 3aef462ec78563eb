import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { JobName, NetRegister, Pair } from "@oak/contracts";
import { type Logger, writeDurably } from "@oak/kit";
import { z } from "zod";

const Addresses = z.object({ v4: z.string(), v6: z.string() });

const StoredAttachment = z.object({
  service: JobName,
  number: z.int().min(0),
  slot: z.object({ link: z.string(), namespace: Addresses, id: z.string() }),
  ports: z.array(z.object({ host: z.int(), container: z.int(), protocol: z.enum(["tcp", "udp"]) })),
  pair: Pair.exactOptional(),
});

const StoredState = z.object({
  version: z.literal(1),
  registration: NetRegister.exactOptional(),
  subnet: Addresses.exactOptional(),
  attachments: z.array(StoredAttachment),
});
export type StoredState = z.infer<typeof StoredState>;

/** What a net-manager has to know of the one before it. */
export interface StateFile {
  /** Undefined: there is none, or it cannot be read. */
  load(): Promise<StoredState | undefined>;
  /** Is on the disk when it resolves. */
  saveDurably(): Promise<void>;
  /** Soon, in the background, once for any number of calls. After a power cut nothing is attached any more. */
  saveSoon(): void;
  /** Waits for what is being written. */
  flush(): Promise<void>;
  remove(): Promise<void>;
}

export interface StateFileOptions {
  folder: string;
  read(): StoredState;
  logger: Logger;
}

export function createStateFile({ folder, read, logger }: StateFileOptions): StateFile {
  const file = path.join(folder, "state.json");
  let last: Promise<void> = Promise.resolve();
  let isDue = false;

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const write = async (): Promise<void> => {
    isDue = false;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, JSON.stringify(read()), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };

  return {
    load: async () => {
      try {
        return StoredState.parse(JSON.parse(await readFile(file, "utf8")));
      } catch (err) {
        const isAbsent = err instanceof Error && "code" in err && err.code === "ENOENT";
        if (!isAbsent) logger.error({ err, file }, "the state cannot be read and is made anew");
        return undefined;
      }
    },
    saveDurably: () =>
      inTurn(async () => {
        isDue = false;
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeDurably(file, JSON.stringify(read()));
      }),
    saveSoon: () => {
      if (isDue) return;
      isDue = true;
      inTurn(write).catch((err: unknown) => {
        logger.error({ err, file }, "the state was not written");
      });
    },
    flush: () => last,
    remove: () => inTurn(() => rm(file, { force: true })),
  };
}
