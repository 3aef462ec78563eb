/**
 * The `OAK_…` variables of each agent of a worker. Both read one file (`worker.env`), and each refuses an `OAK_…` variable
 * that it does not know: so it has to know those of the other.
 */
export const WORKER_VARIABLES = {
  nodeEngine: [
    "OAK_CLUSTER_ADDRESS",
    "OAK_CLUSTER_PORT",
    "OAK_CONF_FILE",
    "OAK_ENGINE_ID",
    "OAK_HEALTH_SOCKET",
    "OAK_NETWORK",
    "OAK_NETWORK_POOL",
    "OAK_NETWORK_SOCKET",
    "OAK_RUNTIME",
    "OAK_STATE_DIR",
    "OAK_WORKER_JOIN_SECRET",
  ],
  netManager: [
    "OAK_DNS_PORT",
    "OAK_HEALTH_SOCKET",
    "OAK_NETCFG_FILE",
    "OAK_NET_DATA_PLANE",
    "OAK_NET_IDLE_S",
    "OAK_NET_MEASURE_S",
    "OAK_NET_STATE_DIR",
    "OAK_RESOLV_CONF",
    "OAK_TUNCFG_FILE",
  ],
} as const;
