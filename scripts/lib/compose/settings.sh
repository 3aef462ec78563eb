# shellcheck shell=bash
# The settings of a stack: from the environment, else from its env file, else asked on a terminal, else the default. Sourced.

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Kept in the env file when they are set, and passed on by the compose files as they are.
passed_on=(LOG_LEVEL OAK_SERVICE_MEMORY OAK_MONGO_IMAGE OAK_MONGO_MEMORY OAK_MONGO_CACHE_GB
  OAK_PUBLISH_ADDRESS_V6 OAK_MQTT_CERTS CLUSTER_KEYFILE_PASSWORD CLUSTER_TIMEOUT_S WORKER_TIMEOUT_S
  COMPAT_DOUBLE_ENCODED ALLOW_INSECURE_JOIN MAIL_USER MAIL_PASSWORD MAIL_HOST MAIL_PORT MAIL_SSL MAIL_FROM
  OAK_DASHBOARD_URLS OAK_PASSWORD_MIN_LENGTH)

declare -A from_file=() setting=()
made=() # secrets that were made in this run: the only ones that are shown

read_env_file() { # file; nothing when there is none
  local line name value
  [ -e "$1" ] || return 0
  [ -r "$1" ] || fail "$1 cannot be read by $(id -un): run this as the user who owns it, or as root."
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in '' | '#'*) continue ;; esac
    name=${line%%=*} value=${line#*=}
    case $value in "'"*"'") value=${value#"'"} value=${value%"'"} ;; esac
    from_file[$name]=$value
  done <"$1"
}

given() { # name: what the environment or the file says
  printf '%s' "${!1:-${from_file[$1]:-}}"
}

set_to() { # name value
  case $2 in
    *$'\n'* | *"'"* | *"\${"*) fail "$1 must have no line break, no ' and no \${ in it." ;;
  esac
  setting[$1]=$2
}

take() { # name default
  local value
  value=$(given "$1")
  set_to "$1" "${value:-$2}"
}

is_terminal() { [ -t 0 ] && [ -t 1 ]; }

# Of what has no default that is right everywhere. Without a terminal the proposal counts; where there is none, it is a fault.
ask() { # name question proposal [whole sentence when it is missing]
  local value
  value=$(given "$1")
  if [ -z "$value" ] && is_terminal; then
    read -r -p "$2${3:+ [$3]}: " value || true
  fi
  value=${value:-$3}
  [ -n "$value" ] || [ -z "${4:-}" ] || fail "$4"
  set_to "$1" "$value"
}

take_secret() { # name shortest
  local value
  value=$(given "$1")
  if [ -z "$value" ]; then
    value=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
    made+=("$1")
  fi
  [ ${#value} -ge "$2" ] || fail "$1 is too short: give at least $2 characters, or leave it out to have one made."
  set_to "$1" "$value"
}

was_made() { # name
  local name
  for name in "${made[@]+"${made[@]}"}"; do [ "$name" = "$1" ] && return 0; done
  return 1
}

take_passed_on() {
  local name value
  for name in "${passed_on[@]}"; do
    value=$(given "$name")
    [ -z "$value" ] || set_to "$name" "$value"
  done
}

# Whole or not at all, and never readable by others, not even for a moment.
write_env_file() { # file
  local name draft=$1.draft
  (
    umask 077
    {
      say "# Made by scripts/start-$tier.sh, which reads it again; holds secrets."
      for name in $(printf '%s\n' "${!setting[@]}" | sort); do
        case ${setting[$name]} in
          *[!A-Za-z0-9_./:,@%+-]*) printf "%s='%s'\n" "$name" "${setting[$name]}" ;;
          *) printf '%s=%s\n' "$name" "${setting[$name]}" ;;
        esac
      done
    } >"$draft"
  ) 2>/dev/null || fail "$1 cannot be written: run this as the user who owns $(dirname "$1"), or give another file with --env-file."
  mv "$draft" "$1"
}
