# shellcheck shell=sh
# shellcheck disable=SC2154 # `limit` and `scratch` belong to doctor.sh
# What services answer, and what to do when they do not. Part of doctor.sh.

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
