# shellcheck shell=bash
# What the three start scripts have in common. Each sets: tier (root, cluster or full), project, base, folders. Sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source=scripts/lib/compose/settings.sh
. "$top/scripts/lib/compose/settings.sh"
# shellcheck source=scripts/lib/compose/checks.sh
. "$top/scripts/lib/compose/checks.sh"
# shellcheck source=scripts/lib/compose/stack.sh
. "$top/scripts/lib/compose/stack.sh"

has_root() { [ "$tier" != cluster ]; }
has_cluster() { [ "$tier" != root ]; }

# Sets: action, env_file, is_sure.
read_arguments() {
  is_first=no
  action=up env_file="" is_sure=no
  while [ $# -gt 0 ]; do
    case $1 in
      --down) action=down ;;
      --purge) action=purge ;;
      --yes) is_sure=yes ;;
      --env-file) env_file=${2:-} && [ -n "$env_file" ] || fail "--env-file needs a file." && shift ;;
      --env-file=*) env_file=${1#*=} ;;
      --help | -h) usage && exit 0 ;;
      *) fail "$1 is no option of $(basename "$0"): --help lists them." ;;
    esac
    shift
  done
  env_file=${env_file:-${OAK_ENV_FILE:-$(dirname "$base")/.env}}
}

take_common() {
  take COMPOSE_PROJECT_NAME "$project"
  project=${setting[COMPOSE_PROJECT_NAME]}
  take OVERRIDE_FILES ""
  take OAK_VERSION latest
  take OAK_PUBLISH_ADDRESS 0.0.0.0
  take OAK_NETWORK_NAME "$network"
  take SYSTEM_MANAGER_PORT 10000
  take ROOT_SERVICE_MANAGER_PORT 10099
  take_passed_on
}

take_root() {
  take_secret OAK_ROOT_TIER_SECRET 16
  take_secret OAK_CLUSTER_JOIN_SECRET 16
  take_secret ADMIN_PASSWORD 1
}

take_cluster() {
  take CLUSTER_MANAGER_PORT 10100
  take MQTT_BROKER_PORT 10003
  take CLUSTER_SERVICE_MANAGER_PORT 10110
  take_secret OAK_CLUSTER_TIER_SECRET 16
  take_secret OAK_WORKER_JOIN_SECRET 16
  ask CLUSTER_NAME "Name of this cluster" "$(hostname)"
  ask CLUSTER_LOCATION "Where it is, as latitude,longitude,radius in metres (may be left out)" ""
}

# The address that others are told: where the user's tools reach the root, workers and the root the cluster.
ask_own_address() { # name question other
  ask "$1" "$2" "$(own_address "$3")" "$1 is not set, and this machine's address could not be found out: give the address by which other machines reach this one."
  need_host_alone "$1" "${setting[$1]}"
}

check_ports() {
  need_publish_address
  if has_root; then
    need_port SYSTEM_MANAGER_PORT tcp
    has_override no-network || need_port ROOT_SERVICE_MANAGER_PORT tcp
  fi
  if has_cluster; then
    need_port CLUSTER_MANAGER_PORT tcp
    need_port CLUSTER_MANAGER_PORT udp
    need_port MQTT_BROKER_PORT tcp
    has_override no-network || need_port CLUSTER_SERVICE_MANAGER_PORT tcp
  fi
}

# take_settings and what_next are the script's own.
run() {
  read_arguments "$@"
  need_docker
  need_compose
  read_env_file "$env_file"
  if [ "$action" != up ]; then
    [ -e "$env_file" ] || fail "$env_file does not exist, so nothing was started with it: give the right one with --env-file."
    take_common
    find_files
    if [ "$action" = down ]; then take_down; else purge "$is_sure"; fi
    return
  fi
  take_common
  find_files
  take_settings
  check_ports
  need_space
  [ -e "$env_file" ] || is_first=yes
  write_env_file "$env_file"
  bring_images
  bring_up
  until_well
  what_next
}

show_root() {
  say "The root answers at http://${setting[SYSTEM_MANAGER_URL]}:${setting[SYSTEM_MANAGER_PORT]} (API at /api/docs)."
  if was_made ADMIN_PASSWORD; then
    say "  Log in as Admin with the password ${setting[ADMIN_PASSWORD]} and change it: it is not shown again."
  else
    say "  Its first password for Admin is ADMIN_PASSWORD in $env_file."
  fi
}

show_next_cluster() {
  local secret=… port=""
  ! was_made OAK_CLUSTER_JOIN_SECRET || secret=${setting[OAK_CLUSTER_JOIN_SECRET]}
  [ "${setting[SYSTEM_MANAGER_PORT]}" = 10000 ] || port="SYSTEM_MANAGER_PORT=${setting[SYSTEM_MANAGER_PORT]} "
  [ "${setting[ROOT_SERVICE_MANAGER_PORT]}" = 10099 ] || port+="ROOT_SERVICE_MANAGER_PORT=${setting[ROOT_SERVICE_MANAGER_PORT]} "
  say "Next, a cluster: on its machine, with OAK_CLUSTER_JOIN_SECRET from $env_file,"
  say "  SYSTEM_MANAGER_URL=${setting[SYSTEM_MANAGER_URL]} ${port}OAK_CLUSTER_JOIN_SECRET=$secret scripts/start-cluster.sh"
}

show_next_worker() {
  local secret=… port=""
  ! was_made OAK_WORKER_JOIN_SECRET || secret=${setting[OAK_WORKER_JOIN_SECRET]}
  [ "${setting[CLUSTER_MANAGER_PORT]}" = 10100 ] || port="--port ${setting[CLUSTER_MANAGER_PORT]} "
  say "Next, workers: on each machine, with OAK_WORKER_JOIN_SECRET from $env_file,"
  say "  sudo scripts/install-worker.sh --cluster ${setting[OAK_CLUSTER_ADDRESS]} $port--join-secret $secret"
}
