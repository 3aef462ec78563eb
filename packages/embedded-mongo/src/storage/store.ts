import type { Logger } from "../logger.ts";
import { type Catalog, checkFormat, openCatalog } from "./catalog.ts";
import { createDocumentWriter, type DocumentWriter } from "./document-writer.ts";
import { type Environment, type EnvironmentOptions, openEnvironment } from "./environment.ts";

/** The open database: tables, catalog, and the two ways to change it. */
export interface Store {
  environment: Environment;
  catalog: Catalog;
  writer: DocumentWriter;
  /** Runs synchronous work in one transaction; resolves when it is on the disk. */
  write<T>(work: () => T): Promise<T>;
  /** The same for changes of indexes and collections, for which readers wait. */
  changeSchema<T>(work: () => T): Promise<T>;
  /** Resolves when no change of indexes or collections is under way. */
  schemaSettled(): Promise<void>;
  close(): Promise<void>;
}

export async function openStore(options: EnvironmentOptions): Promise<Store> {
  const environment = openEnvironment(options);
  try {
    await checkFormat(environment);
    return createStore(environment, options.logger);
  } catch (error) {
    await environment.close();
    throw error;
  }
}

function createStore(environment: Environment, logger: Logger): Store {
  const catalog = openCatalog(environment);
  let catalogIsStale = false;
  let schemaChange: Promise<void> | undefined;

  const refreshCatalog = (): void => {
    if (catalogIsStale) catalog.reload();
    catalogIsStale = false;
  };

  const write = async <T>(work: () => T): Promise<T> => {
    try {
      return await environment.write(() => {
        refreshCatalog();
        try {
          return work();
        } catch (error) {
          // The transaction takes its changes back, the catalog in memory cannot.
          catalogIsStale = true;
          throw error;
        }
      });
    } catch (error) {
      catalogIsStale = true;
      // Inside a transaction, because only there everything that was written before is visible.
      await environment.write(refreshCatalog).catch((err: unknown) => {
        logger.error({ err }, "catalog could not be read again");
      });
      throw error;
    }
  };

  return {
    environment,
    catalog,
    writer: createDocumentWriter(environment, catalog),
    write,
    async changeSchema(work) {
      const before = schemaChange;
      const change = write(work);
      // A new index is in the catalog as soon as the work ran, its keys are visible after the
      // commit: a reader in between would miss documents.
      const settled = Promise.allSettled([before, change]).then(() => undefined);
      schemaChange = settled;
      try {
        return await change;
      } finally {
        if (schemaChange === settled) schemaChange = undefined;
      }
    },
    schemaSettled: async () => schemaChange,
    close: () => environment.close(),
  };
}
