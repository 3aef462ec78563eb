export { runCli } from "./cli.ts";
export type * from "./command.ts";
export { commands } from "./commands.ts";
