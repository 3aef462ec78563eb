# shellcheck shell=sh
# shellcheck disable=SC2154 # `limit` and `scratch` belong to doctor.sh
# What can be seen on this very machine. Part of doctor.sh.

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
