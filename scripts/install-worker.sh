#!/usr/bin/env bash
# Makes this machine a worker, brings a worker up to date without stopping what it runs, or takes it out again.
#
#   install-worker.sh [options]               what is not given is asked for, where somebody can answer
#     --cluster ADDRESS   of the cluster, as this machine reaches it      (CLUSTER_ADDRESS)
#     --port PORT         of its cluster-manager; 10100                   (CLUSTER_PORT)
#     --join-secret TEXT  that the cluster printed at its first start     (WORKER_JOIN_SECRET)
#     --name NAME         of this worker; its host name                   (NODE_NAME)
#     --network auto|off  off: published ports only, no service addresses
#     --allow-loopback    cluster and worker are one machine
#     --no-contact        do not ask the cluster whether it is there
#     --from FILE|FOLDER  the archive to install, instead of what this script came with
#     --root FOLDER       only put the files there: nothing is installed beside them, started or asked
#   install-worker.sh --uninstall [--keep-data] [--root FOLDER]
#
# For Debian and Ubuntu, amd64 and arm64, with systemd, Docker Engine 20.10 or newer and Node 20.19 or newer.
set -Eeuo pipefail
export PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
parts=$here/install
[ -d "$parts" ] || parts=$here/../packages/worker/install
for part in checks files uninstall; do
  # shellcheck source=/dev/null
  . "$parts/$part.sh"
done

say() { printf '[worker] %s\n' "$*"; }
fail() { printf '[worker] %s\n' "$*" >&2; exit 1; }
misuse() { printf '[worker] %s\n\n' "$*" >&2; sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

cluster=${CLUSTER_ADDRESS:-} port=${CLUSTER_PORT:-} secret=${WORKER_JOIN_SECRET:-} name=${NODE_NAME:-}
network= from= root=${DESTDIR:-} loopback= contact=yes action=install keep_data=

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --cluster | --port | --join-secret | --name | --network | --from | --root)
        [ $# -ge 2 ] && [ -n "$2" ] || misuse "$1 needs a value."
        case $1 in
          --cluster) cluster=$2 ;;
          --port) port=$2 ;;
          --join-secret) secret=$2 ;;
          --name) name=$2 ;;
          --network) network=$2 ;;
          --from) from=$2 ;;
          --root) root=$2 ;;
        esac
        shift ;;
      --allow-loopback) loopback=--allow-loopback ;;
      --no-contact) contact= ;;
      --uninstall) action=uninstall ;;
      --keep-data) keep_data=yes ;;
      -h | --help) sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
      *) misuse "«$1» is not understood." ;;
    esac
    shift
  done
  [ -z "$keep_data" ] || [ $action = uninstall ] || misuse "--keep-data goes with --uninstall."
  case $network in '' | auto | off) ;; *) misuse "--network auto or --network off." ;; esac
  root=${root%/}
  [ -z "$root" ] || [ -d "$root" ] || fail "There is no folder $root: make it first."
  [ -z "$root" ] || root=$(cd "$root" && pwd)
}

# What the agents have been told before counts for what is not given now.
ask_for_settings() {
  [ -n "$cluster" ] || cluster=$(setting OAK_CLUSTER_ADDRESS)
  if [ -z "$cluster" ] && [ -t 0 ]; then read -rp "Address of the cluster: " cluster; fi
  [ -n "$cluster" ] ||
    fail "Which cluster? Give --cluster and the address under which this machine reaches it."
  if [ -z "$secret" ] && ! may_join && [ -t 0 ]; then
    read -rsp "Join secret of the cluster (it printed it at its first start): " secret
    echo
  fi
  [ -n "$secret" ] || may_join ||
    fail "The cluster's join secret is missing: give --join-secret (the cluster printed it at its first start)."
}

setting() { # NAME
  local file=$root/etc/oakestra/worker.env
  [ ! -f "$file" ] || sed -n "s/^ *$1=//p" "$file" | tail -n 1
}

# By a secret of before, or the credential that a worker of before was given.
may_join() {
  [ -n "$(setting OAK_WORKER_JOIN_SECRET)" ] || [ -e "$root/var/lib/oakestra/node-engine/agent.json" ]
}

start_agents() {
  systemctl daemon-reload
  systemctl --quiet enable netmanager.service nodeengine.service
  # The one that waits for the other comes last. Both take up what runs here.
  local unit
  for unit in netmanager nodeengine; do
    systemctl restart $unit.service ||
      fail "$unit does not start: $(journalctl --unit $unit --lines 1 --output cat --no-pager 2>/dev/null || true) (journalctl -u $unit)"
  done
  wait_for_cluster
}

# Until the cluster has let it in, or has said why not. One that does not answer is waited for by the agent itself.
wait_for_cluster() {
  local status= deadline=$((SECONDS + 30))
  [ -n "$contact" ] || return 0
  while [ $SECONDS -lt $deadline ]; do
    status=$(systemctl show nodeengine.service --property StatusText --value)
    case $status in
      *"join secret"*) fail "The cluster refuses this worker: ${status#*registration: }" ;;
      *"no cluster-manager that"*) fail "${status#*registration: }" ;;
      *registration:* | started | '') sleep 0.5 ;;
      *) say "in the cluster: $status"; return 0 ;;
    esac
  done
  say "not in the cluster yet, and it keeps trying: $status"
}

install_worker() {
  check_system
  check_node
  take_lock
  mend_interrupted
  ask_for_settings
  find_tree
  check_disk
  prepare_settings
  if [ -z "$root" ]; then
    check_ports
    check_cluster
    bring_packages
    check_docker
    check_kernel
  fi
  trap roll_back EXIT
  put_files
  [ -n "$root" ] || start_agents
  trap clean_up EXIT
  rm -rf "$root/opt/.oak-before"
  if [ -n "$root" ]; then
    say "version $version is in $root"
  else
    say "version $version runs. \`NodeEngine status\`, \`NodeEngine logs\` and \`NetManager table\` show how it is."
  fi
}

trap 'printf "[worker] it failed unexpectedly: %s\n" "$BASH_COMMAND" >&2' ERR
read_options "$@"
check_user
[ -n "$root" ] || check_systemd
if [ $action = uninstall ]; then uninstall_worker; else install_worker; fi
