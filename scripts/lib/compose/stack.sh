# shellcheck shell=bash
# Files of a stack and what is done with them: up, until it is well, and down. Sourced.

files=()

compose() { "${compose_program[@]}" -p "$project" --env-file "$env_file" "${files[@]}" "$@"; }

known_overrides() { find "${folders[@]}" -maxdepth 1 -name 'override-*.yml' -printf '%f\n' | sort -u | paste -sd ' ' -; }

# By Oakestra's names in OVERRIDE_FILES, or by the path of a file of one's own.
find_files() {
  local name folder found
  files=(-f "$base")
  for name in ${setting[OVERRIDE_FILES]//,/ }; do
    found=
    for folder in "${folders[@]}"; do
      if [ -e "$folder/$name" ]; then files+=(-f "$folder/$name") found=1; fi
    done
    if [ -z "$found" ] && [[ $name = /* ]] && [ -e "$name" ]; then files+=(-f "$name") found=1; fi
    [ -n "$found" ] || fail "OVERRIDE_FILES names $name, which does not exist: use the whole path of a file, or some of $(known_overrides)."
  done
  if has_override network-host && is_compose_v1; then
    fail "override-network-host.yml needs compose v2: docker-compose 1.29 refuses it. Install the plugin (docker compose), or leave it out."
  fi
}

has_override() { [[ ,${setting[OVERRIDE_FILES]// /,}, = *override-"$1".yml* ]]; }

own_images() { compose config | sed -n 's/^ *image: \(oak\/.*\)$/\1/p' | sort -u; }

bring_images() {
  local image missing=()
  for image in $(own_images); do
    docker image inspect "$image" >/dev/null 2>&1 || missing+=("$image")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if has_override images-only; then
    compose pull || fail_early "The images could not be pulled: load them (docker load), or build them (scripts/build-images.sh) and start again."
  else
    say "Building ${#missing[@]} images, which takes a minute or two."
    OAK_VERSION=${setting[OAK_VERSION]} "$top/scripts/build-images.sh" ||
      fail_early "The images could not be built: see above. Images that were built elsewhere can be brought here with docker save and docker load."
  fi
}

# As if it had not been called: secrets that were made are shown at the next start.
fail_early() {
  [ "$is_first" = no ] || rm -f "$env_file"
  fail "$@"
}

# What was not there before does not stay when it cannot do its work.
take_away_new() { [ -n "$before" ] || compose down >/dev/null 2>&1 || true; }

containers() { docker ps -aq --filter "label=com.docker.compose.project=$project"; }

bring_up() {
  before=$(containers)
  compose up -d --no-build --remove-orphans && return 0
  take_away_new
  fail "The services could not be started: Docker's reason is above. Nothing was left running that did not run before."
}

# Docker looks every ten seconds; whoever waits at a terminal looks more often, with the same question.
is_well() { # container
  local state test
  state=$(docker inspect --format '{{.State.Running}} {{with .State.Health}}{{.Status}}{{end}}' "$1" 2>/dev/null)
  case $state in
    'true healthy' | 'true ') return 0 ;;
    false*) return 1 ;;
  esac
  read -r -a test <<<"$(docker inspect --format '{{join .Config.Healthcheck.Test " "}}' "$1")"
  [ "${test[0]}" = CMD ] && docker exec "$1" "${test[@]:1}" >/dev/null 2>&1
}

service_of() { docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}}' "$1"; }

until_well() {
  local limit=${OAK_START_TIMEOUT_S:-120} id unwell well=" "
  local deadline=$((SECONDS + limit))
  while :; do
    unwell=""
    for id in $(containers); do
      [[ $well = *" $id "* ]] && continue
      if is_well "$id"; then well+="$id "; else unwell+="$(service_of "$id") "; fi
    done
    [ -n "$unwell" ] || return 0
    [ $SECONDS -lt $deadline ] ||
      fail "Not well after $limit s: ${unwell}(they go on trying). What they wait for stands in their log: ${compose_program[*]} -p $project logs ${unwell%% *}"
    sleep 0.5
  done
}

refused() { # sentence
  take_away_new
  fail_early "$1"
}

# Only the root can say whether the join secret is its own. Of what the log says, the last counts.
until_registered() {
  local deadline=$((SECONDS + 20))
  while [ $SECONDS -lt $deadline ]; do
    case $(compose logs --no-color cluster_manager 2>/dev/null |
      grep -oE 'registered with the root|nor the join secret of the root|cluster_name_taken' | tail -n 1) in
      registered*) return 0 ;;
      nor*) refused "The root refuses this cluster: OAK_CLUSTER_JOIN_SECRET is not the one of the root, where it stands in the env file. Give the right one and start again." ;;
      cluster_name*) refused "The root has another cluster of the name ${setting[CLUSTER_NAME]}, and it is alive: set CLUSTER_NAME to a name of its own and start again." ;;
    esac
    sleep 0.5
  done
  say "The cluster runs, but has not reached the root yet. It goes on trying; its log says why: ${compose_program[*]} -p $project logs cluster_manager"
}

take_down() {
  compose down --remove-orphans
  say "Stopped. Data and settings ($env_file) are kept; the same command without --down starts it again."
}

purge() { # is sure
  local answer=
  if [ "$1" != yes ]; then
    is_terminal || fail "--purge deletes all data of $project: add --yes if that is meant."
    read -r -p "Delete all data of $project, its accounts and services? Type yes: " answer
    [ "$answer" = yes ] || fail "Nothing was deleted."
  fi
  compose down --volumes --remove-orphans
  rm -f "$env_file"
  say "Deleted: containers, volumes and $env_file. Images stay (docker image ls 'oak/*')."
}
