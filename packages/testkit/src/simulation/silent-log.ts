import type { Log } from "@oak/tier";

const nothing = (): void => undefined;

/** For runs whose outcome is judged, not read. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
