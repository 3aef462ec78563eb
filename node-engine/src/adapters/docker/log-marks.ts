import { stat } from "node:fs/promises";

/**
 * Sizes and times of the files to which Docker writes logs: far cheaper than asking for the logs. An agent
 * that may not look into Docker's folder, or whose Docker is on another machine, learns none.
 */
export async function readLogMarks(
  handles: readonly string[],
  pathOf: (handle: string) => string | undefined,
): Promise<Map<string, string>> {
  const marks = new Map<string, string>();
  await Promise.all(
    handles.map(async (handle) => {
      const path = pathOf(handle);
      if (path === undefined) return;
      try {
        const { size, mtimeMs } = await stat(path);
        marks.set(handle, `${size} ${mtimeMs}`);
      } catch {
        // Left out.
      }
    }),
  );
  return marks;
}
