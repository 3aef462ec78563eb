# shellcheck shell=bash
# Puts the files of a worker in their places, and back. Part of install-worker.sh.
#
# The folder /opt/oak is changed by two renames. Until the agents run, all that was before stands beside it, and every
# failure on the way puts it back.

commands=(NodeEngine NetManager)
units=(netmanager.service nodeengine.service)
tree= scratch= version= is_upgrade= had_state=

take_lock() {
  mkdir -p "$root/run"
  exec 9>>"$root/run/oak-install.lock"
  flock --nonblock 9 || fail "Another installation runs just now: wait for its end."
  trap clean_up EXIT
}

# A machine that lost its power in the middle.
mend_interrupted() {
  if [ -d "$root/opt/.oak-before" ] && [ ! -d "$root/opt/oak" ]; then
    mv "$root/opt/.oak-before" "$root/opt/oak"
  fi
  rm -rf "$root/opt/.oak-before" "$root/opt/.oak-next"
}

# What is installed: an archive, what this script came with, or what the checkout around it makes.
find_tree() {
  local checkout=$here/..
  scratch=$(mktemp -d)
  if [ -f "$from" ]; then
    mkdir "$scratch/archive"
    tar -xzf "$from" -C "$scratch/archive" --strip-components 1 2>/dev/null ||
      fail "$from is no archive of a worker."
    tree=$scratch/archive
  elif [ -n "$from" ]; then
    tree=$from
  elif [ -f "$here/node-engine/main.js" ]; then
    tree=$here
  elif [ -f "$checkout/scripts/worker-archive.mjs" ]; then
    say "making the worker out of this checkout"
    node "$checkout/scripts/worker-archive.mjs" --folder "$scratch/made" >"$scratch/log" 2>&1 ||
      fail "The worker could not be made: $(tail -n 3 "$scratch/log")"
    tree=$scratch/made
  fi
  [ -f "$tree/node-engine/main.js" ] && [ -f "$tree/ARCHITECTURE" ] ||
    fail "There is nothing to install in ${tree:-$here}: unpack the archive of a worker, or give it with --from."
  [ "$(cat "$tree/ARCHITECTURE")" = "$architecture" ] ||
    fail "This is the worker for $(cat "$tree/ARCHITECTURE"), and the machine is $architecture: take the other archive."
  version=$(sed -n 's/.*"version": *"\(.*\)".*/\1/p' "$tree/package.json")
}

# In a folder aside first: a wrong value is found before anything is changed.
prepare_settings() {
  local etc=$scratch/settings/etc file
  mkdir -p "$etc/oakestra" "$etc/netmanager"
  for file in oakestra/worker.env oakestra/conf.json netmanager/netcfg.json; do
    [ ! -f "$root/etc/$file" ] || cp -p "$root/etc/$file" "$etc/$file"
  done
  if [ ! -f "$etc/oakestra/worker.env" ]; then
    printf '# Settings of this worker, for node-engine and net-manager (docs/worker.md lists them).\n# They count after: NodeEngine restart\n' \
      >"$etc/oakestra/worker.env"
  fi
  [ -n "$port" ] || port=$(setting OAK_CLUSTER_PORT)
  [ -n "$port" ] || port=10100
  # An address that was accepted once is not asked for again.
  [ "$cluster" != "$(setting OAK_CLUSTER_ADDRESS)" ] || loopback=--allow-loopback
  configure cluster "$cluster" --clusterPort "$port" ${loopback:+"$loopback"}
  [ -z "$network" ] || configure network "$network"
  [ -z "$name" ] || configure name "$name"
  [ -z "$secret" ] || configure secret <<<"$secret"
  [ -f "$etc/netmanager/netcfg.json" ] || printf '{}\n' >"$etc/netmanager/netcfg.json"
}

configure() { # what `NodeEngine config` takes
  local fault
  fault=$(WORKER_ROOT=$scratch/settings "$node" "$tree/worker/main.js" NodeEngine config "$@" 2>&1 >/dev/null) ||
    fail "${fault%%$'\n'*}"
}

put_files() {
  local next=$root/opt/.oak-next part
  [ ! -d "$root/var/lib/oakestra" ] || had_state=yes
  mkdir -p "$next/bin"
  for part in node-engine net-manager worker oak systemd bin install install-worker.sh package.json ARCHITECTURE; do
    cp -R "$tree/$part" "$next/"
  done
  chmod -R u+w,go-w,a+rX "$next"
  put_node "$next/bin/node"
  if [ -d "$root/opt/oak" ]; then
    is_upgrade=yes
    mv "$root/opt/oak" "$root/opt/.oak-before"
  fi
  mv "$next" "$root/opt/oak"
  link_commands
  mkdir -p "$scratch/before"
  [ ! -d "$root/etc/oakestra" ] || cp -a "$root/etc/oakestra" "$scratch/before/"
  [ ! -d "$root/etc/netmanager" ] || cp -a "$root/etc/netmanager" "$scratch/before/"
  install -d -m 755 "$root/etc/oakestra" "$root/etc/netmanager"
  install -m 600 "$scratch/settings/etc/oakestra/worker.env" "$root/etc/oakestra/"
  install -m 644 "$scratch/settings/etc/oakestra/conf.json" "$root/etc/oakestra/"
  install -m 644 "$scratch/settings/etc/netmanager/netcfg.json" "$root/etc/netmanager/"
}

# The agents see no home folders, where version managers keep theirs.
put_node() { # place
  case $node in
    "$HOME"/* | /home/* | /root/* | /tmp/*) cp "$node" "$1" ;;
    *) ln -sfn "$node" "$1" ;;
  esac
}

link_commands() {
  local one
  mkdir -p "$root/usr/local/bin" "$root/etc/systemd/system"
  for one in "${commands[@]}"; do ln -sfn "/opt/oak/bin/$one" "$root/usr/local/bin/$one"; done
  for one in "${units[@]}"; do install -m 644 "$root/opt/oak/systemd/$one" "$root/etc/systemd/system/"; done
}

# Called when anything between put_files and the agents' start failed.
roll_back() {
  local code=$?
  trap '' INT TERM
  trap - EXIT
  set +e
  say "it failed: everything is put back as it was" >&2
  if [ -n "$is_upgrade" ]; then
    if [ -d "$root/opt/.oak-before" ]; then
      rm -rf "$root/opt/oak"
      mv "$root/opt/.oak-before" "$root/opt/oak"
    fi
    link_commands
    cp -a "$scratch/before/." "$root/etc/"
    if [ -z "$root" ]; then
      systemctl daemon-reload
      systemctl restart "${units[@]}"
    fi
  else
    # What did not start has made nothing either.
    [ -n "$root" ] || (trap - ERR; end_agents) >/dev/null 2>&1
    remove_files
    # Settings and an identity that were there before are not ours.
    [ -n "$had_state" ] || rm -rf "$root/var/lib/oakestra"
    rm -f "$root/etc/oakestra/"{worker.env,conf.json} "$root/etc/netmanager/"{netcfg.json,netmanager.sock,health.sock}
    [ ! -d "$scratch/before" ] || cp -a "$scratch/before/." "$root/etc/"
    rmdir "$root/etc/oakestra" "$root/etc/netmanager" 2>/dev/null
  fi
  clean_up
  exit "$code"
}

clean_up() {
  rm -rf "$root/opt/.oak-next" ${scratch:+"$scratch"}
  rm -f "$root/run/oak-install.lock"
}
