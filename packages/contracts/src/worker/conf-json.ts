/** upstream: settings of its NodeEngine, kept by `NodeEngine config …`. */
export const CONF_FILE = "/etc/oakestra/conf.json";

/** upstream: the keys of `conf.json`, `virutalizaiton_…` included; others are kept as they are. */
export interface NodeConf {
  conf_version: string;
  /** `0.0.0.0`: not told yet. */
  cluster_address: string;
  cluster_ssl: boolean;
  cluster_port: number;
  app_logs: string;
  /** `default`: by the net-manager, `custom:<socket>`: by the one behind that socket, empty: off. */
  overlay_network: string;
  public_ip: boolean;
  overlay_network_port: number;
  mqtt_cert_file: string;
  mqtt_key_file: string;
  addons: unknown[];
  virtualizations: unknown[];
  csi_drivers: unknown[];
}

/** upstream: what `NodeEngine config default` writes. */
export const DEFAULT_CONF: Readonly<NodeConf> = {
  conf_version: "1.0",
  cluster_address: "0.0.0.0",
  cluster_ssl: false,
  cluster_port: 10_100,
  app_logs: "/tmp",
  overlay_network: "default",
  public_ip: false,
  overlay_network_port: 0,
  mqtt_cert_file: "",
  mqtt_key_file: "",
  addons: [],
  virtualizations: [
    {
      virutalizaiton_name: "containerd",
      virutalizaiton_runtime: "docker",
      virutalizaiton_active: true,
      virutalizaiton_config: [],
    },
  ],
  csi_drivers: [],
};

const customPrefix = "custom:";

/**
 * Reads `conf.json`; what is absent in it is as by default.
 * @throws Error that says in one sentence what is wrong with it
 */
export function parseConf(text: string): NodeConf {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("it is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("it is not an object");
  }
  const given = value as Record<string, unknown>;
  const wrong = Object.entries(DEFAULT_CONF).filter(
    ([key, usual]) => key in given && kindOf(given[key]) !== kindOf(usual),
  );
  if (wrong.length > 0) {
    throw new Error(
      wrong.map(([key, usual]) => `${key} must be of type ${kindOf(usual)}`).join("; "),
    );
  }
  return { ...DEFAULT_CONF, ...given };
}

/** The variables of the node-engine that say the same; without what says nothing. */
export function confVariables(conf: NodeConf): Record<string, string> {
  const { cluster_address: address, cluster_port: port, overlay_network: overlay } = conf;
  return {
    ...(["", "0.0.0.0"].includes(address) ? {} : { OAK_CLUSTER_ADDRESS: address }),
    OAK_CLUSTER_PORT: String(port),
    ...networkVariables(overlay),
  };
}

/** upstream: the command writes an empty text for `off`, the daemon compares with `disabled`. */
function networkVariables(overlay: string): Record<string, string> {
  if (overlay === "" || overlay === "disabled") return { OAK_NETWORK: "off" };
  if (!overlay.startsWith(customPrefix)) return { OAK_NETWORK: "auto" };
  return { OAK_NETWORK: "manual", OAK_NETWORK_SOCKET: overlay.slice(customPrefix.length) };
}

/** The inverse of what `overlay_network` means. */
export function overlayOf(mode: string, socket: string): string {
  if (mode === "off") return "";
  return mode === "manual" ? `${customPrefix}${socket}` : "default";
}

/** Settings that are not taken, in a sentence each. */
export function confRemarks(conf: NodeConf): string[] {
  const remarks: [boolean, string][] = [
    [conf.cluster_ssl, "cluster_ssl: the cluster is registered with over HTTP"],
    [
      conf.mqtt_cert_file !== "",
      "mqtt_cert_file: a worker signs in to the broker with the credential of its registration",
    ],
    [conf.public_ip, "public_ip: no stranger is asked for the address; see NodePublicAddress"],
    [conf.csi_drivers.length > 0, "csi_drivers: volumes by CSI are not offered"],
  ];
  return remarks.filter(([isSet]) => isSet).map(([, sentence]) => sentence);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
