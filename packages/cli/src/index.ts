export { runCli } from "./cli.ts";
export * from "./command.ts";
export { commands } from "./commands.ts";
