import { isIP } from "node:net";
import { CONF_FILE, DEFAULT_CONF, overlayOf } from "@oak/contracts/worker";
import { changeOfCluster, clusterOptions, readCluster } from "./cluster-choice.ts";
import { expectNone, readWords } from "./command-line.ts";
import { ENV_FILE, openSettings, type SettingsChange } from "./settings.ts";
import { EXIT, misused, notOffered, type World } from "./world.ts";

/** Answers what is to change; undefined: nothing, and it has said so. */
type Answer = SettingsChange | undefined;
type Setting = (world: World, words: readonly string[]) => Answer | Promise<Answer>;

/** Of a header and of a JSON text, to the cluster. */
const longestSecret = 512;
const longestName = 255;
const usualSocket = "/etc/netmanager/netmanager.sock";

const settings: Readonly<Record<string, Setting>> = {
  default: (_world, words) => {
    expectNone(words);
    return {
      variables: {
        OAK_CLUSTER_ADDRESS: undefined,
        OAK_CLUSTER_PORT: undefined,
        OAK_NETWORK: undefined,
        OAK_NETWORK_SOCKET: undefined,
      },
      conf: DEFAULT_CONF,
      netcfg: { NodePublicAddress: "0.0.0.0" },
    };
  },
  cluster: (_world, words) => {
    const { values, positionals } = readWords(words, {
      ...clusterOptions,
      clusterSSL: { type: "boolean", short: "s" },
    });
    const [address, ...rest] = positionals;
    if (address === undefined) throw misused("Which cluster? Write its address.");
    expectNone(rest);
    if (values.clusterSSL) {
      throw notOffered(
        "Registration by HTTPS is not offered: put the worker and its cluster into one private network.",
      );
    }
    return changeOfCluster(readCluster(address, values));
  },
  name: (_world, [name, ...rest]) => {
    expectNone(rest);
    if (name === undefined || !isLine(name, longestName)) throw misused("Which name? One line.");
    return { variables: { NODE_NAME: name } };
  },
  // Not as a word: every user of the machine can read command lines.
  secret: async (world, words) => {
    expectNone(words);
    const secret = (await world.read()).trim();
    if (!isLine(secret, longestSecret)) {
      throw misused(
        `The join secret is read from the standard input: one line of at most ${longestSecret} characters.`,
      );
    }
    return { variables: { OAK_WORKER_JOIN_SECRET: secret } };
  },
  network: (_world, [mode = "", socket, ...rest]) => {
    expectNone(rest);
    if (!["auto", "manual", "off"].includes(mode)) throw misused("auto, manual or off?");
    if (mode !== "manual") expectNone(socket === undefined ? [] : [socket]);
    if (socket !== undefined && !socket.startsWith("/")) {
      throw misused(`«${socket}» is no socket: write its whole path.`);
    }
    return {
      variables: { OAK_NETWORK: mode, OAK_NETWORK_SOCKET: socket },
      conf: { overlay_network: overlayOf(mode, socket ?? usualSocket) },
    };
  },
  // upstream: `public` asks a stranger's web service for the address, over and over.
  visibility: (_world, [who = "", address, ...rest]) => {
    expectNone(rest);
    if (who === "private") {
      expectNone(address === undefined ? [] : [address]);
      return { netcfg: { NodePublicAddress: "0.0.0.0" }, conf: { public_ip: false } };
    }
    if (who !== "public") throw misused("private or public?");
    if (address === undefined || isIP(address) === 0) {
      throw misused(
        "Write the public IP address of this worker after «public»: no stranger is asked for it.",
      );
    }
    return { netcfg: { NodePublicAddress: address }, conf: { public_ip: false } };
  },
  applogs: () => {
    throw notOffered(
      "Docker keeps the logs of workloads: `docker logs` shows them, and /etc/docker/daemon.json says where they are.",
    );
  },
  auth: () => {
    throw notOffered(
      "A worker signs in with the credential of its registration; client certificates of a worker are not offered.",
    );
  },
  csi: (world, [word]) => {
    if (word !== undefined) throw notOffered("Volumes by CSI drivers are not offered.");
    world.print("No CSI drivers.\n");
    return undefined;
  },
  virtualization: switches(
    "docker (always on)",
    ["unikernel", "crosvm"],
    "runs containers by Docker alone",
  ),
  addon: switches("No addons.", ["imageBuilder", "FLOps"], "has no addons"),
};

/** upstream: `NodeEngine config …`. Answers the exit code. */
export async function configure(world: World, words: readonly string[]): Promise<number> {
  const [word, ...rest] = words;
  if (word === undefined) return show(world);
  const setting = Object.hasOwn(settings, word) ? settings[word] : undefined;
  if (setting === undefined) throw misused(`NodeEngine config has no «${word}».`);
  const change = await setting(world, rest);
  if (change === undefined) return EXIT.done;
  await openSettings(world.root).change(change);
  world.print("Saved. It counts after `NodeEngine restart`; workloads go on meanwhile.\n");
  return EXIT.done;
}

async function show(world: World): Promise<number> {
  const variables = Object.entries(await openSettings(world.root).variables());
  const lines = variables.map(([name, value]) => `${name}=${isSecret(name) ? "[hidden]" : value}`);
  world.print([`${ENV_FILE} (the same for others in ${CONF_FILE}):`, ...lines, ""].join("\n"));
  return EXIT.done;
}

function isLine(text: string, longest: number): boolean {
  return text !== "" && text.length <= longest && !/\p{Cc}/u.test(text);
}

function isSecret(name: string): boolean {
  return /SECRET|PASSWORD|TOKEN/.test(name);
}

/** Switches of upstream's for what is not there: off is as it is, on is refused. */
function switches(list: string, names: readonly string[], why: string): Setting {
  return (world, [name, position, ...rest]) => {
    if (name === undefined) {
      world.print(`${list}\n`);
      return undefined;
    }
    expectNone(rest);
    if (!names.includes(name)) throw misused(`There is no «${name}»: ${names.join(" or ")}?`);
    if (position === "off") {
      world.print(`${name} is off.\n`);
      return undefined;
    }
    if (!["on", "enable", "true"].includes(position ?? "")) throw misused("on or off?");
    throw notOffered(`${name} is not offered: this worker ${why}.`);
  };
}
