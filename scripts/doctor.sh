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

# --- asking ----------------------------------------------------------------------------------------------------------

endpoint() { # host port
  case $1 in
    *:*) printf '[%s]:%s' "$1" "$2" ;;
    *) printf '%s:%s' "$1" "$2" ;;
  esac
}

# Prints the body; answers 0, or: 2 refused, 3 too late, 4 name not known, 5 does not speak HTTP, 6 cannot ask, 7 no way there
http_get() { # host port path
  if has curl; then
    curl -sS -g --noproxy '*' --max-time "$limit" "http://$(endpoint "$1" "$2")$3" 2>/dev/null
    case $? in
      0) return 0 ;;
      7) return 2 ;;
      28) return 3 ;;
      6) return 4 ;;
      *) return 5 ;;
    esac
  fi
  has bash && has timeout || return 6
  # shellcheck disable=SC2016 # the inner shell reads its own arguments
  timeout "$limit" bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 2
    printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$3" "$1" >&3
    answer=$(cat <&3)
    case $answer in HTTP/*) ;; *) exit 5 ;; esac
    end=$(printf "\r\n\r\n.")
    printf "%s" "${answer#*"${end%.}"}"
  ' sh "$1" "$2" "$3" 2>/dev/null
  bash_status $?
}

# As http_get, without a word.
tcp_open() { # host port
  if has bash && has timeout; then
    # shellcheck disable=SC2016
    timeout "$limit" bash -c 'exec 3<>"/dev/tcp/$1/$2" || exit 2' sh "$1" "$2" 2>/dev/null
    bash_status $?
    return $?
  fi
  has curl || return 6
  curl -sS -g --noproxy '*' --max-time "$limit" "telnet://$(endpoint "$1" "$2")" </dev/null >/dev/null 2>&1
  case $? in
    7) return 2 ;;
    6) return 4 ;;
    *) return 0 ;; # 28 as well: it is connected, and nobody says anything
  esac
}

bash_status() {
  case $1 in
    0) return 0 ;;
    124) return 3 ;;
    *) return "$1" ;;
  esac
}

# Value of a text in a flat JSON object; good enough for answers of our own.
json_text() { # json key
  printf '%s' "$1" | sed -n 's/.*"'"$2"'" *: *"\([^"]*\)".*/\1/p'
}

# --- checks ----------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # backquotes for people
in_use() { printf 'The port is in use by another program: see `ss -ltnp "sport = :%s"`, and end that one or give this one another port' "$1"; }

unanswered() { # why check host port start
  at=$(endpoint "$3" "$4")
  case $1 in
    2) line fault "$2" "nothing listens at $at" "$5" ;;
    3) line fault "$2" "no answer from $at in time" "Let $4/tcp through the firewalls on the way, and see whether $3 is the right machine" ;;
    4) line fault "$2" "the name $3 is not known here (no such host)" "Give the address in its place, or put the name into DNS or /etc/hosts" ;;
    6) line 'not checked' "$2" "neither curl nor bash with timeout is installed" ;;
    *) line fault "$2" "something at $at does not speak as it should" "$(in_use "$4")" ;;
  esac
}

start_of() { # compose service
  printf 'Start it on that machine (docker compose up -d %s), or see whether it listens on 127.0.0.1 only (OAK_HOST)' "$1"
}

service() { # name host port compose-service
  check="$1 $3/tcp"
  body=$(http_get "$2" "$3" /livez)
  why=$?
  if [ $why -ne 0 ]; then
    unanswered $why "$check" "$2" "$3" "$(start_of "$4")"
    return 1
  fi
  at=$(endpoint "$2" "$3")
  case $body in
    *'"status":"alive"'*) ;;
    *)
      line fault "$check" "a program that is none of ours answers at $at" "$(in_use "$3")"
      return 1
      ;;
  esac
  told=$(json_text "$body" service)
  if [ -n "$told" ] && [ "$told" != "$1" ]; then
    line fault "$check" "$told answers at $at, not $1" "Ports are mixed up: see the options of this command and the ports that the services were given"
    return 1
  fi
  line ok "$check" "$1 $(json_text "$body" version) answers at $at"
  ready "$1" "$2" "$3"
}

ready() { # name host port
  body=$(http_get "$2" "$3" /readyz) || { line 'not checked' "$1 ready" "/readyz did not answer"; return; }
  case $body in
    *'"status":"ready"'*) line ok "$1 ready" "$(printf '%s' "$body" | grep -o '"[a-z_]*":{"ok"' | cut -d'"' -f2 | tr '_\n' ' ,' | sed 's/,$//; s/,/, /g')" ;;
    *) # one line for each reason
      printf '%s' "$body" | grep -o '"[a-z_]*":{"ok":false,"reason":"[^"]*"' >"$scratch" || true
      while IFS= read -r part; do
        name=$(printf '%s' "$part" | cut -d'"' -f2)
        line fault "$1 $(printf '%s' "$name" | tr _ ' ')" "$(printf '%s' "$part" | sed 's/.*"reason":"//; s/"$//')" "$(remedy_of "$name" "$1")"
      done <"$scratch"
      ;;
  esac
}

remedy_of() { # readiness check, service
  case $1 in
    database) printf 'See that its database runs and is reached (MONGO_URL, docker compose ps), and that its disk has room' ;;
    broker) printf 'See that the MQTT broker runs, MQTT_BROKER_URL and _PORT, and that all have the same OAK_TIER_SECRET' ;;
    resource_abstractor | candidates) printf 'See that the resource abstractor runs, and RESOURCE_ABSTRACTOR_URL and _PORT' ;;
    scheduler) printf 'See that the scheduler runs, and CLUSTER_SCHEDULER_URL and _PORT' ;;
    registration) printf 'See the address of the cluster (OAK_CLUSTER_ADDRESS) and OAK_WORKER_JOIN_SECRET' ;;
    mqtt) printf 'See that this worker reaches port 10003 of its cluster, and that the broker runs' ;;
    runtime) printf 'See that Docker runs (systemctl status docker) and that this user may use its socket' ;;
    network) printf 'See that net-manager runs (systemctl status netmanager), and that the node-engine has joined its cluster' ;;
    *) printf 'See the log of %s' "$2" ;;
  esac
}

broker() { # host port
  check="mqtt-broker $2/tcp"
  tcp_open "$1" "$2"
  why=$?
  if [ $why -ne 0 ]; then
    unanswered $why "$check" "$1" "$2" "$(start_of mqtt)"
  else
    line ok "$check" "something listens at $(endpoint "$1" "$2")"
  fi
}

to_root() { # host port
  check='connection to the root'
  body=$(http_get "$1" "$2" /api/cluster/status) || { line 'not checked' "$check" "the cluster-manager does not answer"; return; }
  cluster=$(json_text "$body" cluster_name)
  case $body in
    *'"connected_to_root":true'*) line ok "$check" "$cluster is registered as $(json_text "$body" cluster_id)" ;;
    *) line fault "$check" "$cluster is not registered at a root" "See SYSTEM_MANAGER_URL (never localhost inside a container), OAK_CLUSTER_JOIN_SECRET, and that 10000/tcp of the root is reached from here" ;;
  esac
  seen_by_root "$body"
}

seen_by_root() { # answer of the cluster
  case $1 in
    *'"seen_by_root":{'*) ;;
    *) return ;;
  esac
  status=$(json_text "$1" status)
  where=$(json_text "$1" address)
  severity=fault
  case $status in partly | not_advertised) severity=warn ;; esac
  case $where in localhost | 127.* | ::1) severity=warn ;; esac
  [ "$status" = reachable ] && severity=ok
  if [ $severity = ok ]; then
    line ok 'address of the cluster' "$(json_text "$1" detail)"
  else
    line $severity 'address of the cluster' "$(json_text "$1" detail)" "Set OAK_CLUSTER_ADDRESS of the cluster to an address that the root and the workers reach, and open 10100, 10003 and 10110/tcp there"
  fi
}

docker_engine() { # needed|optional
  if [ ! -S /var/run/docker.sock ]; then
    if [ "$1" = needed ]; then
      line fault docker "no Docker engine answers on /var/run/docker.sock" "Install and start it: apt-get install docker.io && systemctl enable --now docker"
    else
      line 'not checked' docker "no Docker engine answers on /var/run/docker.sock"
    fi
    return
  fi
  if [ ! -w /var/run/docker.sock ]; then
    line fault docker "this user may not use /var/run/docker.sock" "Run this as root, or put the user into the group docker"
    return
  fi
  has curl || { line 'not checked' docker "curl is not installed"; return; }
  body=$(curl -sS --max-time "$limit" --unix-socket /var/run/docker.sock http://docker/version 2>/dev/null)
  version=$(printf '%s' "$body" | sed -n 's/.*"ApiVersion":"[^"]*".*/&/; s/.*"Version":"\([0-9][^"]*\)","ApiVersion".*/\1/p')
  [ -n "$version" ] || version=$(printf '%s' "$body" | grep -o '"Version":"[^"]*"' | head -n 1 | cut -d'"' -f4)
  major=${version%%.*}
  rest=${version#*.}
  minor=${rest%%.*}
  case $major$minor in
    '' | *[!0-9]*) line 'not checked' docker "the engine does not tell its version" ;;
    *)
      if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 10 ]; }; then
        line fault docker "Docker Engine $version is older than 20.10" "Upgrade it: apt-get install docker.io, or the packages of docker.com"
      else
        line ok docker "Docker Engine $version"
      fi
      ;;
  esac
}

disk() { # check folder
  free=$(df -Pk "$2" 2>/dev/null | awk 'NR == 2 { print $4 }')
  if [ -z "$free" ]; then
    line 'not checked' "$1" "$2 is not there, or not for this user"
    return
  fi
  found="$((free / 1024)) MiB free in $2"
  remedy='Make room: docker system prune, journalctl --vacuum-size=200M, or a larger disk'
  if [ "$free" -lt 262144 ]; then
    line fault "$1" "$found" "$remedy"
  elif [ "$free" -lt 2097152 ]; then
    line warn "$1" "$found" "$remedy"
  else line ok "$1" "$found"; fi
}

memory() {
  free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
  if [ -z "$free" ]; then
    line 'not checked' memory "/proc/meminfo does not tell"
    return
  fi
  remedy='End what is not needed here, or give this machine more memory or swap'
  if [ "$free" -lt 48 ]; then
    line fault memory "$free MiB available" "$remedy"
  elif [ "$free" -lt 256 ]; then
    line warn memory "$free MiB available" "$remedy"
  else line ok memory "$free MiB available"; fi
}

unit() { # name
  if [ ! -d /run/systemd/system ] || ! has systemctl; then
    line 'not checked' "$1" "there is no systemd on this machine"
    return
  fi
  state=$(systemctl is-active "$1" 2>/dev/null)
  case $state in
    active) line ok "$1" active ;;
    activating) line fault "$1" "it starts again and again" "See why: journalctl --unit $1 --lines 50" ;;
    *) line fault "$1" "it is ${state:-not installed}" "systemctl start $1; why it ended: journalctl --unit $1 --lines 50" ;;
  esac
}

program() { # name package
  if has "$1"; then line ok "$1" "$(command -v "$1")"; else line fault "$1" "it is not installed" "apt-get install $2"; fi
}

secret_file() {
  [ -e "$1" ] || return 0
  mode=$(stat -c %a "$1" 2>/dev/null) || return 0
  case $mode in
    *00) line ok "$1" "readable by its owner only ($mode)" ;;
    *) line warn "$1" "others may read the secrets in it ($mode)" "chmod 600 $1" ;;
  esac
}

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
