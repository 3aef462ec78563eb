# shellcheck shell=bash
# Takes a worker out. Part of install-worker.sh.

uninstall_worker() {
  if [ ! -d "$root/opt/oak" ] && [ ! -e "$root/etc/systemd/system/nodeengine.service" ] &&
    [ ! -d "$root/var/lib/oakestra" ]; then
    say "There is no worker here."
    return 0
  fi
  take_lock
  [ -n "$root" ] || end_agents
  remove_files
  [ -n "$keep_data" ] || remove_data
  if [ -n "$keep_data" ]; then
    say "The worker is taken out. Its settings and what it knows of itself stay in /etc/oakestra, /etc/netmanager and /var/lib/oakestra."
  else
    say "The worker is taken out. Docker and the packages of the system stay."
  fi
}

# The network last: until their end, workloads use it.
end_agents() {
  systemctl stop nodeengine.service 2>/dev/null || true
  remove_containers
  if [ -x /opt/oak/bin/NetManager ]; then
    systemctl start netmanager.service 2>/dev/null || true
    /opt/oak/bin/NetManager uninstall >/dev/null ||
      fail "The network of this worker could not be taken out: mend what is said above (journalctl -u netmanager), then start this again."
  fi
  systemctl --quiet disable --now netmanager.service nodeengine.service 2>/dev/null || true
}

# Of this worker alone: others may share the engine.
remove_containers() {
  local id list
  command -v docker >/dev/null || return 0
  id=$(setting OAK_ENGINE_ID)
  [ -n "$id" ] || id=$(cat "$root/var/lib/oakestra/node-engine/node-id" 2>/dev/null) || return 0
  list=$(docker ps --all --quiet --filter "label=oak.engine-id=$id" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # one id a word
  [ -z "$list" ] || docker rm --force $list >/dev/null || fail "Workloads could not be removed: docker ps --all --filter label=oak.engine-id=$id"
  list=$(docker images --quiet --filter label=oak.role=pause-image 2>/dev/null) || return 0
  # shellcheck disable=SC2086
  [ -z "$list" ] || docker rmi $list >/dev/null 2>&1 || true
}

remove_files() {
  local one
  rm -rf "$root/opt/oak" "$root/opt/.oak-before" "$root/opt/.oak-next"
  for one in "${commands[@]}"; do
    [ "$(readlink "$root/usr/local/bin/$one")" != "/opt/oak/bin/$one" ] || rm "$root/usr/local/bin/$one"
  done
  for one in "${units[@]}"; do
    rm -f "$root/etc/systemd/system/$one" "$root/etc/systemd/system/multi-user.target.wants/$one"
  done
  if [ -z "$root" ]; then
    systemctl daemon-reload || true
    systemctl reset-failed "${units[@]}" 2>/dev/null || true
  fi
}

# Files of others in these folders stay.
remove_data() {
  rm -rf "$root/var/lib/oakestra/node-engine" "$root/var/lib/oakestra/net-manager"
  rm -f "$root/etc/oakestra/worker.env" "$root/etc/oakestra/conf.json"
  rm -f "$root/etc/netmanager/"{netcfg.json,tuncfg.json,netmanager.sock,health.sock}
  rmdir --ignore-fail-on-non-empty "$root/var/lib/oakestra" "$root/etc/oakestra" "$root/etc/netmanager" 2>/dev/null || true
}
