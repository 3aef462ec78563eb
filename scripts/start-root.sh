#!/usr/bin/env bash
set -euo pipefail

usage() {
  cat <<'END'
scripts/start-root.sh [--env-file FILE] [--down | --purge [--yes]]

Starts the root of the orchestrator with Docker Compose: what users talk to, and what clusters join. A second start changes nothing,
or brings what was changed. Settings are variables; what is not given is asked for or made, and kept in the env file
(root-orchestrator/.env, readable by its owner alone).

  SYSTEM_MANAGER_URL         address by which other machines reach this one   (found out)
  OAK_PUBLISH_ADDRESS        address of this machine to listen on             (0.0.0.0: all)
  SYSTEM_MANAGER_PORT        of the API, for users and clusters               (10000)
  ROOT_SERVICE_MANAGER_PORT  of service addresses, for users and clusters     (10099)
  ADMIN_PASSWORD             of the first account, Admin                      (made, shown once)
  OAK_CLUSTER_JOIN_SECRET    what clusters join with                          (made)
  OVERRIDE_FILES             for example override-embedded-db.yml,override-no-network.yml
  OAK_VERSION                tag of the images                                (latest)

  --down    stops everything and keeps data and settings
  --purge   stops everything and deletes data and settings; asks first, unless --yes is given
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tier=root project=root_orchestrator network=oakestra
folders=("$here/../root-orchestrator")
base=$(realpath "$here/../root-orchestrator/docker-compose.yml")
# shellcheck source=scripts/lib/compose/start.sh
. "$here/lib/compose/start.sh"

take_settings() {
  take_root
  ask_own_address SYSTEM_MANAGER_URL "Address by which other machines reach this one" ""
}

what_next() {
  show_root
  show_next_cluster
}

run "$@"
