import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSocket, dockerAddress, pingDocker } from "./docker-address.mjs";
import { runStep, SetupError } from "./run.mjs";

/** Debian's names of what real containers need, and the file that shows that it is there. */
const needed = [
  { package: "docker.io", isPresent: () => onPath("dockerd") },
  // Docker publishes ports with it; Debian only recommends it, so `--no-install-recommends` leaves it out.
  { package: "iptables", isPresent: () => onPath("iptables") },
];
/** The demo and the tests make their images of it: no image registry is asked for anything. */
const busybox = { package: "busybox-static", isPresent: () => isStatic("/bin/busybox") };

/** The network of workers, and the namespaces in which its tests run. */
const network = [
  { package: "iproute2", isPresent: () => onPath("ip") },
  { package: "nftables", isPresent: () => onPath("nft") },
  { package: "wireguard-go", isPresent: () => onPath("wireguard-go") },
  { package: "wireguard-tools", isPresent: () => onPath("wg") },
];
/** What tests need beyond that. */
const tests = [
  // The compose files are tried with the version that Debian ships.
  { package: "docker-compose", isPresent: () => onPath("docker-compose") },
  // Its check of the units of a worker; it is not started.
  { package: "systemd", isPresent: () => onPath("systemd-analyze") },
  // What oak says to a shell is tried in that shell.
  { package: "zsh", isPresent: () => onPath("zsh") },
];

/**
 * Makes sure that a Docker Engine answers and that tiny images can be made: installs Debian's
 * packages and starts the engine where that is missing. Silent when nothing is.
 *
 * @param {string} root the repository
 * @param {{ forTests?: boolean }} [options] `forTests`: what the suite needs, too
 * @throws {SetupError} with the command to run, where this process cannot do it
 */
export async function ensureDocker(root, { forTests = false } = {}) {
  const first = await pingDocker();
  if (first === "forbidden") throw new SetupError(forbiddenSentence());
  const address = dockerAddress(process.env["DOCKER_HOST"]);
  const isLocal = "socketPath" in address && address.socketPath === defaultSocket;
  if (first !== "answers" && !isLocal) {
    throw new SetupError(
      `Docker Engine: nothing answers at DOCKER_HOST=${process.env["DOCKER_HOST"]}. Start that engine, or unset DOCKER_HOST to use one on this machine.`,
    );
  }
  const parts = [
    ...(first === "answers" ? [] : needed),
    busybox,
    ...network,
    ...(forTests ? tests : []),
  ];
  await installMissing(parts.filter((part) => !part.isPresent()).map((part) => part.package));
  if (first !== "answers") await startEngine(root);
}

/** @param {string[]} packages */
async function installMissing(packages) {
  if (packages.length === 0) return;
  const list = packages.join(" ");
  const install = `apt-get install -y --no-install-recommends ${list}`;
  if (!isDebian()) {
    throw new SetupError(
      `Docker Engine: ${list} missing, and this is not Debian or Ubuntu: install Docker Engine, iptables and a static busybox (as /bin/busybox) with the tools of your system.`,
    );
  }
  if (!isRoot()) {
    throw new SetupError(
      `Docker Engine: ${list} missing, and only root can install it. Run: sudo apt-get update && sudo ${install}`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", ...withoutInitScripts() };
  await runStep(
    {
      name: "Docker Engine",
      doing: `installing ${list} from Debian: real containers need them (20 to 90 s)`,
    },
    ["sh", "-c", `apt-get update && ${install}`],
    { env },
  );
}

/** @param {string} root */
async function startEngine(root) {
  if (!isRoot()) {
    const start = hasSystemd() ? "systemctl start docker" : join(root, "scripts/start-dockerd");
    throw new SetupError(
      `Docker Engine: installed, but it does not answer, and only root can start it. Run: sudo ${start}`,
    );
  }
  if (hasSystemd()) {
    await runStep(
      { name: "Docker Engine", doing: "starting docker.service: it does not answer (2 to 10 s)" },
      ["systemctl", "start", "docker.service"],
    );
  } else {
    await runStep(
      {
        name: "Docker Engine",
        doing: "starting dockerd by hand: none answers and there is no systemd (2 to 10 s)",
      },
      [join(root, "scripts/start-dockerd")],
    );
    console.log(
      "Docker Engine: dockerd stays running after this command; scripts/start-dockerd --stop ends it",
    );
  }
  const state = await pingDocker(10_000);
  if (state !== "answers") {
    throw new SetupError(
      "Docker Engine: started, but it does not answer (journalctl -u docker.service)",
    );
  }
}

function forbiddenSentence() {
  return `Docker Engine: it runs, but this user may not talk to ${defaultSocket}. Run: sudo usermod -aG docker "$USER", then log in again (or use root)`;
}

/**
 * Without systemd the package's own init script would start an engine whose flags, log and end we do
 * not know; in "runlevel 1" Debian's packages start nothing, and scripts/start-dockerd does it.
 */
function withoutInitScripts() {
  return hasSystemd() ? {} : { RUNLEVEL: "1" };
}

function hasSystemd() {
  return existsSync("/run/systemd/system") && readText("/proc/1/comm").trim() === "systemd";
}

function isDebian() {
  return (
    /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readText("/etc/os-release")) && onPath("apt-get")
  );
}

function isRoot() {
  return process.getuid?.() === 0;
}

/** The sbin folders count even where a user's PATH leaves them out. @param {string} program */
function onPath(program) {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Is there, and runs without any library: in an image, nothing else is beside it. Debian's usual
 * busybox, which comes with initramfs-tools, has the same path and is not. @param {string} file
 */
export function isStatic(file) {
  return existsSync(file) && spawnSync("ldd", [file]).status !== 0;
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
