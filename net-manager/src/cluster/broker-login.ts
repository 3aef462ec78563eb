import type { NetCfg, NetRegister } from "@oak/contracts";
import type { BrokerLogin } from "./cluster-link.ts";

/** Certificate and key that `netcfg.json` names, PEM. */
export interface ClientIdentity {
  cert: string;
  key: string;
}

const anyAddress = "0.0.0.0";

/** What the node-engine hands over goes before `netcfg.json`. Undefined: nobody says where the broker is. */
export function brokerLogin(
  { client_id: workerId, cluster_address: address, broker }: NetRegister,
  cfg: Pick<NetCfg, "ClusterUrl" | "ClusterMqttPort">,
  identity: ClientIdentity | undefined,
): BrokerLogin | undefined {
  const host = [address, cfg.ClusterUrl]
    .map(withoutBrackets)
    .find((name) => name !== "" && name !== anyAddress);
  if (host === undefined) return undefined;
  const isSecure = broker?.tls ?? identity !== undefined;
  return {
    workerId,
    host,
    port: broker?.port ?? Number(cfg.ClusterMqttPort),
    ...(broker === undefined ? {} : { username: broker.username, password: broker.password }),
    ...(isSecure
      ? { tls: { ...(broker?.ca === undefined ? {} : { ca: broker.ca }), ...identity } }
      : {}),
  };
}

/** upstream: makes a URL of it, so an IPv6 address stands in brackets. */
function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
