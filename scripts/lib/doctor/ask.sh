# shellcheck shell=sh
# shellcheck disable=SC2154 # `limit` and `scratch` belong to doctor.sh
# How the doctor asks over the network: by curl, or else by bash. Part of doctor.sh.

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
