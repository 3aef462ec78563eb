#!/usr/bin/env bash
# Builds the images of all services from this folder: oak/<service>:<tag>.
#
#   scripts/build-images.sh [--base IMAGE] [--tag TAG] [--no-bundle] [service…]
#
# --base IMAGE   on what they stand; otherwise what the Dockerfile says, or, where that cannot be had, an
#                image of this machine's own node (scripts/offline-base-image.sh)
# --tag TAG      OAK_VERSION by default, which compose reads as well, or else latest
# --no-bundle    takes build/ as it is
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

services=()
base=
tag=${OAK_VERSION:-latest}
bundles=yes

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,10s/^# \{0,1\}//p' "$0"; }

while [ $# -gt 0 ]; do
  case $1 in
    --base) base=${2:?--base: which image?}; shift ;;
    --tag) tag=${2:?--tag: which tag?}; shift ;;
    --no-bundle) bundles= ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 64 ;;
    *) services+=("$1") ;;
  esac
  shift
done

mapfile -t known < <(sed -n 's/^FROM runtime AS //p' Dockerfile)
[ ${#services[@]} -gt 0 ] || services=("${known[@]}")
for service in "${services[@]}"; do
  [[ " ${known[*]} " = *" $service "* ]] || fail "$service: the services are ${known[*]}"
done

command -v docker >/dev/null || fail "docker is not on the PATH: apt-get install -y docker.io"
docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
  fail "no Docker Engine answers: start it (systemctl start docker, or scripts/start-dockerd), or use a user who may talk to it"

# The client builds with BuildKit from 23 on, by a plugin that Debian's packages and small installations do not have.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

choose_base() {
  local usual
  [ -z "$base" ] || return 0
  usual=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile)
  if docker image inspect "$usual" >/dev/null 2>&1 || docker pull --quiet "$usual" >/dev/null 2>&1; then
    base=$usual
    return 0
  fi
  say "$usual cannot be had from a registry: the images stand on this machine's own node instead"
  scripts/offline-base-image.sh oak/base:offline
  base=oak/base:offline
}

make_bundles() {
  [ -n "$bundles" ] || return 0
  # Without node here they are made inside of the build, for which the base needs npm and the network.
  command -v node >/dev/null || return 0
  # All of them: the builder before BuildKit goes through every stage above the one that it is asked for.
  node scripts/bundle.mjs "${known[@]}"
}

build() {
  local log
  log=$(mktemp)
  if docker build --quiet --force-rm --build-arg "BASE_IMAGE=$base" --build-arg "OAK_VERSION=$tag" \
    --target "$1" --tag "oak/$1:$tag" . >"$log" 2>&1; then
    say "oak/$1:$tag"
    rm -f "$log"
    return 0
  fi
  tail -n 40 "$log" >&2
  rm -f "$log"
  fail "oak/$1:$tag could not be built"
}

choose_base
make_bundles
for service in "${services[@]}"; do build "$service"; done
