#!/usr/bin/env bash
# Makes a base image for the Dockerfile without a registry, in about a second: this machine's own node with the libraries that it
# needs, certificates if there are any, and a static busybox (Debian: busybox-static) for health checks. Nothing else is in it.
#
#   scripts/offline-base-image.sh [TAG]      oak/base:offline by default
set -euo pipefail

tag=${1:-oak/base:offline}
busybox=${BUSYBOX:-/bin/busybox}
certificates=/etc/ssl/certs/ca-certificates.crt
# For the Dockerfile's own steps, health checks, and whoever looks inside.
applets=(cat chmod chown echo env find grep id ls mkdir nc ps rm sh sleep test)

fail() { printf '%s\n' "$*" >&2; exit 1; }

node=$(command -v node) || fail "node is not on the PATH: its own program becomes part of the image"
node=$(readlink -f "$node")
[ -x "$busybox" ] || fail "$busybox is missing: apt-get install -y busybox-static (or set BUSYBOX)"
! ldd "$busybox" >/dev/null 2>&1 || fail "$busybox needs libraries: apt-get install -y busybox-static (or set BUSYBOX)"
command -v docker >/dev/null || fail "docker is not on the PATH: apt-get install -y docker.io"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p bin dev etc/ssl/certs proc sys tmp usr/local/bin
chmod 755 . && chmod 1777 tmp

cp "$node" usr/local/bin/node
take() { mkdir -p ".$(dirname "$1")" && cp -L "$1" ".$1"; }
# `name => /path (address)` and, for the loader, `/path (address)`.
libraries=$(ldd "$node" | grep -oE '/[^ ]+ \(0x' | cut -d' ' -f1)
for library in $libraries; do take "$library"; done
# Native packages link to parts of the C library that node itself does not.
beside=$(dirname "$(grep '/libc\.so' <<<"$libraries")")
for name in librt.so.1 libresolv.so.2 libutil.so.1 libpthread.so.0 libdl.so.2 libm.so.6; do
  [ ! -e "$beside/$name" ] || take "$beside/$name"
done
cp "$busybox" bin/busybox
for applet in "${applets[@]}"; do ln -s busybox "bin/$applet"; done

echo 'root:x:0:0:root:/:/bin/sh' >etc/passwd
echo 'root:x:0:' >etc/group
# Without it the C library would ask a name server before /etc/hosts.
echo 'hosts: files dns' >etc/nsswitch.conf
if [ -f $certificates ]; then cp -L $certificates ./$certificates; fi

tar --create --owner=0 --group=0 --numeric-owner . |
  docker import --change 'ENV PATH=/usr/local/bin:/bin' --change 'CMD ["node"]' \
    --message "node $("$node" --version) of this machine" - "$tag" >/dev/null
printf '%s: node %s\n' "$tag" "$("$node" --version)"
