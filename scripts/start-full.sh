#!/usr/bin/env bash
set -euo pipefail

usage() {
  cat <<'END'
scripts/start-full.sh [--env-file FILE] [--down | --purge [--yes]]

Starts root and cluster together on this machine with Docker Compose. A second start changes nothing, or brings what was changed.
Settings are variables; what is not given is asked for or made, and kept in the env file (.env beside docker-compose.yml, readable by
its owner alone). Those of scripts/start-root.sh and scripts/start-cluster.sh hold here as well, but for the address of the root:

  OAK_CLUSTER_ADDRESS        address by which workers and users reach this machine    (asked for; found out)
  CLUSTER_NAME, CLUSTER_LOCATION   of the cluster                                     (asked for; host name, none)
  OAK_PUBLISH_ADDRESS        address of this machine to listen on                     (0.0.0.0: all)
  OVERRIDE_FILES             for example override-embedded-db.yml,override-no-network.yml

  --down    stops everything and keeps data and settings
  --purge   stops everything and deletes data and settings; asks first, unless --yes is given
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tier=full project=oakestra network=oakestra
folders=("$here/../root-orchestrator" "$here/../cluster-orchestrator")
base=$(realpath "$here/../docker-compose.yml")
# shellcheck source=scripts/lib/compose/start.sh
. "$here/lib/compose/start.sh"

take_settings() {
  take_root
  take_cluster
  ask_own_address OAK_CLUSTER_ADDRESS "Address by which workers and users reach this machine" ""
  take SYSTEM_MANAGER_URL "${setting[OAK_CLUSTER_ADDRESS]}"
}

what_next() {
  until_registered
  show_root
  say "The cluster ${setting[CLUSTER_NAME]} is up at ${setting[OAK_CLUSTER_ADDRESS]}."
  show_next_worker
}

run "$@"
