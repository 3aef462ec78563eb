#!/usr/bin/env bash
set -euo pipefail

usage() {
  cat <<'END'
scripts/start-cluster.sh [--env-file FILE] [--down | --purge [--yes]]

Starts a cluster with Docker Compose: what joins the root, and what the workers of one site join. A second start changes nothing, or
brings what was changed. Settings are variables; what is not given is asked for or made, and kept in the env file
(cluster-orchestrator/.env, readable by its owner alone).

  SYSTEM_MANAGER_URL            address of the root                              (asked for)
  OAK_CLUSTER_JOIN_SECRET       of the root: start-root.sh shows it              (asked for)
  CLUSTER_NAME                  name that no other cluster of the root has       (asked for; host name)
  CLUSTER_LOCATION              latitude,longitude,radius in metres              (asked for; none)
  OAK_CLUSTER_ADDRESS           address by which workers and the root reach this machine   (asked for; found out)
  OAK_PUBLISH_ADDRESS           address of this machine to listen on             (0.0.0.0: all)
  CLUSTER_MANAGER_PORT          for workers, tcp and udp                         (10100)
  MQTT_BROKER_PORT              for workers                                      (10003)
  CLUSTER_SERVICE_MANAGER_PORT  of the network of services                       (10110)
  SYSTEM_MANAGER_PORT, ROOT_SERVICE_MANAGER_PORT   of the root                   (10000, 10099)
  OAK_WORKER_JOIN_SECRET        what workers join with                           (made)
  OVERRIDE_FILES                for example override-embedded-db.yml,override-no-network.yml
  OAK_VERSION                   tag of the images                                (latest)

  --down    stops everything and keeps data and settings
  --purge   stops everything and deletes data and settings; asks first, unless --yes is given
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tier=cluster project=cluster_orchestrator network=oakestra_cluster
folders=("$here/../cluster-orchestrator")
base=$(realpath "$here/../cluster-orchestrator/docker-compose.yml")
# shellcheck source=scripts/lib/compose/start.sh
. "$here/lib/compose/start.sh"

take_settings() {
  ask SYSTEM_MANAGER_URL "Address of the root" "" \
    "SYSTEM_MANAGER_URL is not set: give the address of the root, as in SYSTEM_MANAGER_URL=192.0.2.10 scripts/start-cluster.sh"
  local root=${setting[SYSTEM_MANAGER_URL]} address
  need_host_alone SYSTEM_MANAGER_URL "$root"
  if is_loopback "$root" && ! has_override network-host; then
    fail "SYSTEM_MANAGER_URL=$root means the cluster's own containers: give the address that the root has for other machines, or use scripts/start-full.sh for both on one machine."
  fi
  need_root "$root" "${setting[SYSTEM_MANAGER_PORT]}"
  ask OAK_CLUSTER_JOIN_SECRET "Join secret of the root (OAK_CLUSTER_JOIN_SECRET)" "" \
    "OAK_CLUSTER_JOIN_SECRET is not set: it was shown when the root was started, and stands in its env file."
  ask_own_address OAK_CLUSTER_ADDRESS "Address by which workers and the root reach this machine" "$root"
  address=${setting[OAK_CLUSTER_ADDRESS]}
  if is_loopback "$address" && ! is_loopback "$root"; then
    fail "OAK_CLUSTER_ADDRESS=$address is this machine for itself alone, and the root is at $root: give the address by which others reach this machine, for example $(own_address "$root")."
  fi
  take_cluster
}

what_next() {
  until_registered
  say "The cluster ${setting[CLUSTER_NAME]} is up at ${setting[OAK_CLUSTER_ADDRESS]}."
  show_next_worker
}

run "$@"
