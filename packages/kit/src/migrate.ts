import type { Db } from "mongodb";

/** One change of what a database holds. Must be repeatable: a crash between it and its record runs it again. */
export interface MigrationStep {
  /** 1, 2, 3 …; the schema has this version afterwards. */
  version: number;
  run: (db: Db) => Promise<void>;
}

interface SchemaRecord {
  _id: string;
  version: number;
}

const schemaId = "schema";

/**
 * Runs the steps that a database has not seen, in order, and records each in `meta` as
 * `{ _id: "schema", version }`. Two processes may do so at once. Refuses a database that a newer
 * release has written, since its documents may mean something else.
 */
export async function migrate(db: Db, steps: readonly MigrationStep[]): Promise<void> {
  assertOrdered(steps);
  const meta = db.collection<SchemaRecord>("meta");
  const current = (await meta.findOne({ _id: schemaId }))?.version ?? 0;
  const newest = steps.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new Error(`The database has schema version ${current}, this release knows ${newest}`);
  }
  for (const step of steps.filter(({ version }) => version > current)) {
    await step.run(db);
    // $max, so that a slower process cannot take the version back.
    await meta.updateOne({ _id: schemaId }, { $max: { version: step.version } }, { upsert: true });
  }
}

function assertOrdered(steps: readonly MigrationStep[]): void {
  steps.forEach((step, index) => {
    if (step.version !== index + 1) {
      throw new Error(
        `Migration steps must be numbered 1, 2, 3 …; step ${index + 1} is ${step.version}`,
      );
    }
  });
}
