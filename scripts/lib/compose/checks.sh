# shellcheck shell=bash
# What has to hold before anything is started. Each fault ends in one sentence that says what to do. Sourced.

compose_program=()
compose_version=2

need_docker() {
  local answer version
  command -v docker >/dev/null || fail "Docker is not installed: install Docker Engine 20.10 or newer (on Debian: apt-get install docker.io docker-compose)."
  if ! answer=$(docker version --format '{{.Server.Version}}' 2>&1); then
    case $answer in
      *"ermission denied"*) fail "This user may not talk to Docker: run it as root, or add the user to the group docker and log in again." ;;
      *) fail "Docker does not answer: start it (systemctl start docker) and look at journalctl -u docker if it does not stay up." ;;
    esac
  fi
  version=$(at_least 20.10 "$answer") || fail "Docker Engine $version is too old: 20.10 or newer is needed."
}

need_compose() {
  if docker compose version >/dev/null 2>&1; then
    compose_program=(docker compose)
    return
  fi
  command -v docker-compose >/dev/null ||
    fail "Docker Compose is not installed: install the plugin (docker compose), or docker-compose 1.28 or newer (on Debian: apt-get install docker-compose)."
  compose_program=(docker-compose)
  compose_version=$(at_least 1.28 "$(docker-compose version --short)") ||
    fail "docker-compose $compose_version is too old: 1.28 or newer is needed, or compose v2 (docker compose)."
}

is_compose_v1() { [[ $compose_version = 1.* ]]; }

at_least() { # wanted found; says what was found
  printf '%s' "$2"
  [ "$(printf '%s\n%s\n' "$1" "${2#v}" | sort -V | head -n 1)" = "$1" ]
}

is_loopback() { case $1 in localhost | 127.* | ::1 | 0.0.0.0 | ::) return 0 ;; *) return 1 ;; esac }

need_host_alone() { # name value: neither URL nor port
  case $2 in
    *://* | */* | *' '*) fail "$1=$2 must be a host name or an address alone, without http:// and without a path." ;;
    *:*:*) ;;
    *:*) fail "$1=$2 must be a host name or an address alone: the port has a variable of its own." ;;
  esac
}

need_publish_address() {
  local address=${setting[OAK_PUBLISH_ADDRESS]}
  [[ $address =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] ||
    fail "OAK_PUBLISH_ADDRESS=$address must be an IPv4 address of this machine, or 0.0.0.0 for all of them."
  case $address in 0.0.0.0 | 127.*) return 0 ;; esac
  [[ " $(hostname -I 2>/dev/null) " = *" $address "* ]] ||
    fail "OAK_PUBLISH_ADDRESS=$address is no address of this machine, which has: $(hostname -I 2>/dev/null || true)"
}

need_port() { # name protocol
  local port=${setting[$1]} holder
  if ! [[ $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then
    fail "$1=$port must be a port number from 1 to 65535."
  fi
  is_ours "$port" && return 0
  is_taken "$port" "$2" || return 0
  holder=$(holder_of "$port" "$2")
  fail "Port $port/$2 is in use${holder:+ by $holder}: stop that, or set $1 to a port that is free."
}

# A second start finds the ports held by the first one.
is_ours() { # port
  docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Ports}}' | grep -q ":$1->"
}

# From what the kernel lists, since neither ss nor netstat is on every machine.
is_taken() { # port protocol
  local state=0A hex octets
  [ "$2" = udp ] && state=07
  IFS=. read -r -a octets <<<"${setting[OAK_PUBLISH_ADDRESS]}"
  hex=$(printf '%02X%02X%02X%02X' "${octets[3]}" "${octets[2]}" "${octets[1]}" "${octets[0]}")
  awk -v port="$(printf '%04X' "$1")" -v state=$state -v address="$hex" '
    $4 != state { next }
    { split($2, at, ":"); here = substr(at[1], length(at[1]) - 7) }
    at[2] == port && (address == "00000000" || at[1] ~ /^0+$/ || here == address) { found = 1 }
    END { exit !found }
  ' "/proc/net/$2" "/proc/net/${2}6" 2>/dev/null
}

holder_of() { # port protocol
  local names flag=-t
  names=$(docker ps --filter "publish=$1/$2" --format '{{.Names}}' | paste -sd ' ' -)
  if [ -n "$names" ]; then
    printf 'the container %s' "$names"
    return
  fi
  [ "$2" = udp ] && flag=-u
  command -v ss >/dev/null || return 0
  ss -Hlnp "$flag" "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (process \2)/p' | head -n 1
}

need_space() {
  local folder free wanted=${OAK_MIN_DISK_MB:-1024}
  folder=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)
  [ -d "$folder" ] || return 0 # an engine on another machine
  free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$wanted" ] ||
    fail "Only $free MB are free in $folder, where Docker keeps everything, and $wanted MB are needed: make room, for example with docker system prune."
}

# Asked as a cluster would ask, by a program that is everywhere.
need_root() { # host port
  local answer
  # shellcheck disable=SC2016
  answer=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET /livez HTTP/1.0\r\nHost: root\r\n\r\n" >&3 && cat <&3' bash "$1" "$2" 2>/dev/null) || true
  case $answer in
    *'"service":"system-manager"'*) ;;
    '') fail "Nothing answers at $1:$2, where SYSTEM_MANAGER_URL says that the root is: start the root first, open its ports $2/tcp and ${setting[ROOT_SERVICE_MANAGER_PORT]}/tcp for this machine, or correct SYSTEM_MANAGER_URL." ;;
    *) fail "What answers at $1:$2 is not the root: correct SYSTEM_MANAGER_URL, or SYSTEM_MANAGER_PORT." ;;
  esac
}

# The address by which this machine reaches another one is the one by which that reaches it, but for NAT.
own_address() { # other
  local ip
  ip=$(getent ahostsv4 "$1" 2>/dev/null | awk 'NR == 1 { print $1 }')
  ip=$(ip -4 route get "${ip:-192.0.2.1}" 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
  printf '%s' "${ip:-$(hostname -I 2>/dev/null | awk '{ print $1 }')}"
}
