import { changeOfCluster, clusterOptions, readCluster } from "./cluster-choice.ts";
import { expectNone, isHelp, readWords } from "./command-line.ts";
import { configure } from "./configure.ts";
import { openSettings } from "./settings.ts";
import { followLog, systemctl } from "./units.ts";
import { attempt, EXIT, misused, type World } from "./world.ts";

export const usage = `NodeEngine [-a CLUSTER] [-p PORT] [-d]   starts the worker; without -d its log follows
NodeEngine status | logs | stop | restart | version
NodeEngine config                        what is set
NodeEngine config default                back to the beginning
NodeEngine config cluster ADDRESS [-p PORT]
NodeEngine config name NAME
NodeEngine config secret                 the cluster's join secret, from the standard input
NodeEngine config network auto | manual [SOCKET] | off
NodeEngine config visibility private | public ADDRESS
NodeEngine config applogs | virtualization | addon | auth | csi

Workloads go on when the engine stops or starts again.
`;

type Verb = (world: World, words: readonly string[]) => Promise<number>;

const verbs: Readonly<Record<string, Verb>> = {
  status: async (world, words) => {
    expectNone(words);
    const code = await systemctl(world, "status", "--no-pager", "nodeengine");
    const { OAK_NETWORK: network = "auto" } = await openSettings(world.root).variables();
    if (network === "off") return code;
    return (await systemctl(world, "status", "--no-pager", "netmanager")) || code;
  },
  logs: async (world, words) => {
    expectNone(words);
    return followLog(world, "nodeengine");
  },
  // upstream: the engine first, then the network.
  stop: async (world, words) => {
    expectNone(words);
    const code = await systemctl(world, "stop", "nodeengine", "netmanager");
    if (code === 0) world.print("Stopped. Workloads go on; `NodeEngine -d` takes them up again.\n");
    return code;
  },
  restart: async (world, words) => {
    expectNone(words);
    return systemctl(world, "restart", "netmanager", "nodeengine");
  },
  config: configure,
};

/** upstream: the command `NodeEngine`. Answers the exit code. */
export function nodeEngineCommand(world: World, version: string, words: string[]): Promise<number> {
  return attempt(world, usage, async () => {
    const [word, ...rest] = words;
    if (word === undefined || (word.startsWith("-") && !isHelp(word))) return start(world, words);
    if (isHelp(word) || word === "version") {
      expectNone(rest);
      world.print(word === "version" ? `${version}\n` : usage);
      return EXIT.done;
    }
    const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    if (verb === undefined) throw misused(`NodeEngine has no «${word}».`);
    return verb(world, rest);
  });
}

/** upstream: `--detatch` is spelt so there. Whoever ends the view of the log ends nothing else here. */
async function start(world: World, words: readonly string[]): Promise<number> {
  const { values, positionals } = readWords(words, {
    ...clusterOptions,
    clusterAddr: { type: "string", short: "a" },
    detatch: { type: "boolean", short: "d" },
    detach: { type: "boolean" },
  });
  expectNone(positionals);
  const chosen = readCluster(values.clusterAddr, values);
  const settings = openSettings(world.root);
  const { OAK_CLUSTER_ADDRESS: address, OAK_CLUSTER_PORT: port = "10100" } =
    await settings.variables();
  if (address === undefined && chosen.address === undefined) {
    throw misused("Which cluster? Start it once with -a and the cluster's address.");
  }
  const wanted = { address, port, ...chosen };
  const isOther = wanted.address !== address || wanted.port !== port;
  if (isOther) await settings.change(changeOfCluster(chosen));
  const code = await systemctl(world, isOther ? "restart" : "start", "netmanager", "nodeengine");
  if (code !== 0 || values.detatch || values.detach) return code;
  return followLog(world, "nodeengine");
}
