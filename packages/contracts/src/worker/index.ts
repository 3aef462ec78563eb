/** What the agents of a worker and its commands agree on. No schemas here: a command has to start at once. */
export * from "./conf-json.ts";
export * from "./variables.ts";
