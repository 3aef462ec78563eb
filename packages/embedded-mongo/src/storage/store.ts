import type { Logger } from "../logger.ts";
import { type Catalog, checkFormat, openCatalog } from "./catalog.ts";
import { createDocumentWriter, type DocumentWriter } from "./document-writer.ts";
import {
  type Environment,
  type EnvironmentOptions,
  openEnvironment,
  type WriteInProgress,
} from "./environment.ts";

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

  const begin = <T>(work: () => T): WriteInProgress<T> => {
    const { settled, durable } = environment.write(() => {
      refreshCatalog();
      try {
        return work();
      } catch (error) {
        // The transaction takes its changes back, the catalog in memory cannot.
        catalogIsStale = true;
        throw error;
      }
    });
    const repaired = durable.catch(async (error: unknown) => {
      catalogIsStale = true;
      // Inside a transaction, because only there everything that was written before is visible.
      await environment.write(refreshCatalog).durable.catch((err: unknown) => {
        logger.error({ err }, "catalog could not be read again");
      });
      throw error;
    });
    return { settled, durable: repaired };
  };

  return {
    environment,
    catalog,
    writer: createDocumentWriter(environment, catalog),
    write: (work) => begin(work).durable,
    async changeSchema(work) {
      const { settled, durable } = begin(work);
      // A new index is in the catalog as soon as the work ran, its keys are visible after the
      // commit: a reader in between would miss documents.
      const change = Promise.all([schemaChange, settled]).then(() => undefined);
      schemaChange = change;
      try {
        return await durable;
      } finally {
        if (schemaChange === change) schemaChange = undefined;
      }
    },
    schemaSettled: async () => schemaChange,
    close: () => environment.close(),
  };
}
