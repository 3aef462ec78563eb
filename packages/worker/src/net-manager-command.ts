import { expectNone, isHelp } from "./command-line.ts";
import { openSettings } from "./settings.ts";
import { followLog, systemctl } from "./units.ts";
import { attempt, EXIT, misused, type World } from "./world.ts";

export const usage = `NetManager [start] | stop | restart    the network of this worker
NetManager status                      its unit, and how it stands
NetManager table | flows | slots [-o json]
NetManager logs | version
NetManager uninstall                   takes out everything that it made in the kernel
`;

/** Answered by the agent itself; the program that asks is the agent's own. */
const asked = ["table", "flows", "slots", "uninstall"];

type Verb = (world: World) => Promise<number>;

const verbs: Readonly<Record<string, Verb>> = {
  start: (world) => systemctl(world, "start", "netmanager"),
  stop: (world) => systemctl(world, "stop", "netmanager"),
  restart: (world) => systemctl(world, "restart", "netmanager"),
  logs: (world) => followLog(world, "netmanager"),
  status: async (world) => {
    const code = await systemctl(world, "status", "--no-pager", "netmanager");
    return code === 0 ? ask(world, ["status"]) : code;
  },
};

/** upstream: the command `NetManager`, whose words there are `status`, `logs` and `version`. Answers the exit code. */
export function netManagerCommand(
  world: World,
  version: string,
  words: readonly string[],
): Promise<number> {
  return attempt(world, usage, async () => {
    const [word = "start", ...rest] = words;
    if (asked.includes(word)) return ask(world, words);
    expectNone(rest);
    if (word === "version" || isHelp(word)) {
      world.print(word === "version" ? `${version}\n` : usage);
      return EXIT.done;
    }
    const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    if (verb === undefined) throw misused(`NetManager has no «${word}».`);
    return verb(world);
  });
}

async function ask(world: World, words: readonly string[]): Promise<number> {
  const variables = await openSettings(world.root).variables();
  const program = ["/opt/oak/bin/node", "/opt/oak/net-manager/main.js"];
  return world.run([...program, ...words], variables);
}
