#!/bin/sh
# The most important checks of `oak doctor`, for machines without Node: needs curl, or bash for its /dev/tcp.
#
#   scripts/doctor.sh root|cluster|worker [--address HOST] [--port PORT] [--network-port PORT] [--broker-port PORT]
#                                         [--no-network] [--outside] [--config FILE] [--timeout SECONDS]
#
# One line a check: ok, warn, fault or not checked, what was found, and what to do. Exit codes: 0 fine, 1 faults, 2 wrong use.
set -u

usage() {
  sed -n '2,7s/^# \{0,1\}//p' "$0"
}

wrong() {
  printf 'doctor.sh: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

export PATH="$PATH:/usr/sbin:/sbin"
limit=3
oks=0
warnings=0
faults=0
skipped=0

line() { # status check found [remedy]
  case $1 in
    ok) oks=$((oks + 1)) ;;
    warn) warnings=$((warnings + 1)) ;;
    fault) faults=$((faults + 1)) ;;
    *) skipped=$((skipped + 1)) ;;
  esac
  printf '%-11s  %-28s  %s' "$1" "$2" "$3"
  if [ $# -gt 3 ]; then printf ' -> %s' "$4"; fi
  printf '\n'
}

has() { command -v "$1" >/dev/null 2>&1; }

case $0 in */*) parts=${0%/*}/lib/doctor ;; *) parts=lib/doctor ;; esac
for part in ask services machine; do
  [ -f "$parts/$part.sh" ] || { printf 'doctor.sh: %s is missing: copy scripts/lib/doctor with this script\n' "$parts/$part.sh" >&2; exit 2; }
  # shellcheck source=/dev/null
  . "$parts/$part.sh"
done

# --- who is looked at ------------------------------------------------------------------------------------------------

is_here() {
  case $1 in
    localhost | 127.* | ::1 | 0.0.0.0) return 0 ;;
  esac
  has ip && ip -o addr show 2>/dev/null | grep -qF " $1/"
}

machine() {
  [ "$inside" = yes ] && is_here "$address" || return 0
  docker_engine optional
  disk disk /
  memory
}

look_at_root() {
  address=${address:-127.0.0.1}
  service system-manager "$address" "${port:-10000}" system_manager
  [ "$network" = no ] || service root-network-manager "$address" "${network_port:-10099}" root_service_manager
  machine
}

look_at_cluster() {
  address=${address:-127.0.0.1}
  service cluster-manager "$address" "${port:-10100}" cluster_manager && to_root "$address" "${port:-10100}"
  [ "$network" = no ] || service cluster-network-manager "$address" "${network_port:-10110}" cluster_service_manager
  broker "$address" "${broker_port:-10003}"
  machine
}

variable_of() { # name
  sed -n "s/^[[:space:]]*$1=//p" "$config" 2>/dev/null | tail -n 1 | sed "s/^[\"']//; s/[\"']\$//"
}

look_at_worker() {
  address=${address:-$(variable_of OAK_CLUSTER_ADDRESS)}
  check='cluster of this worker'
  remedy="Set OAK_CLUSTER_ADDRESS in $config to the address of the cluster's machine, then systemctl restart nodeengine"
  case $address in
    '' | 0.0.0.0) line fault "$check" "no address is given" "$remedy" ;;
    localhost | 127.* | ::1) line warn "$check" "$address: right only if the cluster runs on this very machine" "$remedy" ;;
    *) line ok "$check" "$address" ;;
  esac
  if [ -n "$address" ] && [ "$address" != 0.0.0.0 ]; then
    told=$(variable_of OAK_CLUSTER_PORT)
    service cluster-manager "$address" "${port:-${told:-10100}}" cluster_manager
    broker "$address" "${broker_port:-10003}"
  fi
  unit nodeengine.service
  docker_engine needed
  secret_file "$config"
  disk 'disk of the worker' /var/lib
  memory
  [ "$network" = no ] && return
  unit netmanager.service
  program nft nftables
  program ip iproute2
  if [ -e /dev/net/tun ]; then line ok tun '/dev/net/tun is there'; else
    line fault tun '/dev/net/tun is not there' 'modprobe tun; in a container or VM let it through'
  fi
}

target=${1-}
[ $# -gt 0 ] && shift
address='' port='' network_port='' broker_port='' network=yes inside=yes config=/etc/oakestra/worker.env
while [ $# -gt 0 ]; do
  case $1 in
    --no-network) network=no ;;
    --outside) inside=no ;;
    --address | -a | --port | -p | --network-port | --broker-port | --config | --timeout)
      [ $# -gt 1 ] || wrong "$1 needs a value"
      case $1 in
        --address | -a) address=$2 ;;
        --port | -p) port=$2 ;;
        --network-port) network_port=$2 ;;
        --broker-port) broker_port=$2 ;;
        --config) config=$2 ;;
        --timeout) limit=$2 ;;
      esac
      shift
      ;;
    *) wrong "unknown option '$1'" ;;
  esac
  shift
done
for one in "$port" "$network_port" "$broker_port"; do
  case $one in *[!0-9]*) wrong "'$one' is no port" ;; esac
done
case $limit in '' | *[!0-9]* | 0) wrong "'$limit' is no number of seconds" ;; esac
case $address in *[!A-Za-z0-9.:_-]*) wrong "'$address' is no name or address" ;; esac

scratch=$(mktemp) || exit 1
trap 'rm -f "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

case $target in
  root) look_at_root ;;
  cluster) look_at_cluster ;;
  worker) look_at_worker ;;
  help | --help | -h) usage; exit 0 ;;
  '') wrong 'Say what to look at: root, cluster or worker' ;;
  *) wrong "'$target' cannot be looked at: root, cluster or worker" ;;
esac
printf '%s at %s: %s ok, %s warnings, %s faults, %s not checked\n' "$target" "${address:-no cluster}" "$oks" "$warnings" "$faults" "$skipped"
[ "$faults" -eq 0 ]
