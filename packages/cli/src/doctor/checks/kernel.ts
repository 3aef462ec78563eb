import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked, ok, warn } from "../finding.ts";
import type { Probes } from "../probes.ts";

/** What net-manager calls. */
const programs = [
  { name: "nft", package: "nftables" },
  { name: "ip", package: "iproute2" },
] as const;

export function programsCheck(): Check {
  return check("programs", async (probes) => {
    const found = await Promise.all(
      programs.map(async (one): Promise<Finding> => {
        const outcome = await probes.program(one.name, one.name === "ip" ? "-V" : "--version");
        if (outcome === undefined) {
          return fault(one.name, "it is not installed", `apt-get install ${one.package}`);
        }
        const [version = ""] = `${outcome.stdout}${outcome.stderr}`.trim().split("\n");
        return ok(one.name, version);
      }),
    );
    return found;
  });
}

/** Devices that the network of a worker is made of. */
export function modulesCheck(): Check {
  return check("kernel modules", async (probes) => {
    const release = (await probes.read("/proc/sys/kernel/osrelease"))?.trim();
    if (release === undefined)
      return [notChecked("kernel modules", "/proc does not tell the kernel")];
    const builtin = (await probes.read(`/lib/modules/${release}/modules.builtin`)) ?? "";
    const has = (name: string) => hasModule(probes, name, builtin);
    const [vxlan, bridge, wireguard] = await Promise.all([
      has("vxlan"),
      has("bridge"),
      has("wireguard"),
    ]);
    return [
      moduleFinding("vxlan", vxlan),
      moduleFinding("bridge", bridge),
      await tunFinding(probes),
      await wireguardFinding(probes, wireguard),
    ];
  });
}

/** Undefined: nothing here tells, as with a kernel that was built without modules. */
async function hasModule(
  probes: Probes,
  name: string,
  builtin: string,
): Promise<boolean | undefined> {
  if ((await probes.file(`/sys/module/${name}`)) !== undefined) return true;
  if (builtin.includes(`/${name}.ko`)) return true;
  const outcome = await probes.program("modprobe", "--dry-run", "--quiet", name);
  if (outcome?.code === 0) return true;
  // Without a list of modules the answer of modprobe says nothing.
  return outcome === undefined || builtin === "" ? undefined : false;
}

function moduleFinding(name: string, has: boolean | undefined): Finding {
  if (has === true) return ok(name, "the kernel has it");
  if (has === undefined) {
    return notChecked(
      name,
      "this kernel does not tell which parts it has; see net-manager's status",
    );
  }
  return fault(
    name,
    "the kernel has no such module",
    `Use a kernel of the distribution (apt-get install linux-image-amd64), then modprobe ${name}`,
  );
}

async function tunFinding(probes: Probes): Promise<Finding> {
  if ((await probes.file("/dev/net/tun")) !== undefined) return ok("tun", "/dev/net/tun is there");
  return fault(
    "tun",
    "/dev/net/tun is not there",
    "modprobe tun; in a container or VM let it through",
  );
}

async function wireguardFinding(probes: Probes, inKernel: boolean | undefined): Promise<Finding> {
  if (inKernel === true) return ok("wireguard", "the kernel has it");
  const userspace = await probes.program("wireguard-go", "--version");
  if (userspace !== undefined) return ok("wireguard", "by wireguard-go");
  return warn(
    "wireguard",
    "neither the kernel's nor wireguard-go: no tunnels between sites, or to workers behind NAT",
    "apt-get install wireguard-go wireguard-tools",
  );
}

/** Sockets that others send to. From outside nobody can tell: a tunnel answers only those whom it knows. */
export function datagramCheck(name: string, port: number): Check {
  return check(name, async (probes) => {
    const files = await Promise.all([probes.read("/proc/net/udp"), probes.read("/proc/net/udp6")]);
    if (files.every((one) => one === undefined))
      return [notChecked(name, "/proc/net/udp cannot be read")];
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
    const isBound = files.some((text) =>
      (text ?? "").split("\n").some((line) => line.split(/\s+/)[2]?.concat(" ").endsWith(suffix)),
    );
    if (isBound)
      return [
        ok(name, "a socket is bound here; whether datagrams arrive is seen by the other side only"),
      ];
    return [
      notChecked(
        name,
        "no socket is bound here now: it is made with the first tunnel or worker that needs it",
      ),
    ];
  });
}
