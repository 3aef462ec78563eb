import { Refusal, type World } from "./world.ts";

export type Unit = "nodeengine" | "netmanager";

/** Answers the exit code of systemctl. @throws Refusal when there is no systemd */
export async function systemctl(world: World, ...args: string[]): Promise<number> {
  return throughSystemd(world, "systemctl", ...args);
}

/** Shows what comes into the journal of a unit until the reader ends it. */
export async function followLog(world: World, unit: Unit): Promise<number> {
  const code = await throughSystemd(
    world,
    ...["journalctl", "--unit", unit, "--output", "cat", "--lines", "20", "--follow"],
  );
  // Ctrl-C is how one ends it.
  return code === 130 ? 0 : code;
}

async function throughSystemd(world: World, ...command: string[]): Promise<number> {
  const code = await world.run(command);
  if (code === 127) throw new Refusal(`There is no ${command[0]} here: a worker needs systemd.`);
  return code;
}
