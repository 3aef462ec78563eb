# shellcheck shell=bash
# What has to be so before anything is changed. Part of install-worker.sh. Each fault is one sentence that says what to do.

check_user() {
  [ "$(id -u)" = 0 ] || fail "Only root may do this: sudo $0 …"
}

check_systemd() {
  [ -d /run/systemd/system ] ||
    fail "There is no systemd here, and a worker's agents are its services: use a machine that was booted with it (--root FOLDER only puts the files somewhere)."
}

check_system() {
  grep -qsE '^ID(_LIKE)?=.*(debian|ubuntu)' "${root}/etc/os-release" ||
    fail "This is neither Debian nor Ubuntu: other systems need what docs/worker.md lists, and the archive unpacked by hand."
  case $(uname -m) in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) fail "There is no worker for $(uname -m): it runs on amd64 and arm64." ;;
  esac
}

# The program itself: what is on the PATH may be a script of a version manager.
check_node() {
  local found
  command -v node >/dev/null ||
    fail "Node is missing: install Node 20.19 or newer (nodejs.org has packages for Debian and Ubuntu), then start this again."
  found=$(node --version)
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node ${found#v} is too old: Node 20.19 or newer is needed."
  node=$(node -p process.execPath)
}

check_disk() {
  local folder free need
  for folder in /opt:250 /var/lib:100; do
    need=${folder#*:}
    folder=$root${folder%:*}
    mkdir -p "$folder"
    free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$need" ] ||
      fail "There is no space: $folder has $free MB free, and $need MB are needed."
  done
}

# A running worker has them open itself.
check_ports() {
  [ ! -d /opt/oak ] || return 0
  local one
  for one in 50103 50104; do
    if awk -v port=":$(printf '%04X' $one)" 'index($2, port) == length($2) - 4 { found = 1 } END { exit !found }' /proc/net/udp /proc/net/udp6 2>/dev/null; then
      fail "UDP port $one is in use by another program (ss -lunp shows which): the network of a worker needs 50103 and 50104."
    fi
  done
}

check_cluster() {
  [ -n "$contact" ] || return 0
  local where=$cluster fault
  case $where in *:*) where="[$where]" ;; esac
  fault=$(node -e '
    const { get } = require("node:http");
    get(process.argv[1], { timeout: 5000 }, (answer) => answer.destroy())
      .on("error", (error) => console.log(error.code ?? error.errors?.[0]?.code ?? error.message))
      .on("timeout", function () { this.destroy(new Error("no answer within 5 s")); })' "http://$where:$port/livez")
  [ -z "$fault" ] ||
    fail "No cluster answers at $cluster:$port ($fault): check the address, and that TCP 10100 and 10003 of the cluster are open to this machine (--no-contact installs all the same)."
}

# Debian's own packages, and only those that are missing.
bring_packages() {
  local missing=()
  command -v dockerd >/dev/null || [ -S /var/run/docker.sock ] || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v nft >/dev/null || missing+=(nftables)
  command -v ip >/dev/null || missing+=(iproute2)
  command -v wg >/dev/null || missing+=(wireguard-tools)
  modprobe --quiet --dry-run wireguard 2>/dev/null || [ -d /sys/module/wireguard ] ||
    command -v wireguard-go >/dev/null || missing+=(wireguard-go)
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}"; } >/dev/null ||
    fail "${missing[*]} could not be installed: mend what apt-get says above, then start this again."
}

check_docker() {
  local api
  if ! systemctl --quiet is-active docker.service && systemctl --quiet cat docker.service >/dev/null 2>&1; then
    systemctl start docker.service || true
  fi
  api=$(node -e '
    const { get } = require("node:http");
    const none = () => {};
    get({ socketPath: "/var/run/docker.sock", path: "/version", timeout: 5000 }, (answer) => {
      let text = "";
      answer.on("data", (part) => { text += part; });
      answer.on("end", () => { try { console.log(JSON.parse(text).ApiVersion); } catch { none(); } });
    }).on("error", none).on("timeout", function () { this.destroy(); })' || true)
  [ -n "$api" ] ||
    fail "Docker does not answer at /var/run/docker.sock: systemctl status docker says why."
  [ "$(printf '%s\n1.41\n' "$api" | sort -V | head -n 1)" = 1.41 ] ||
    fail "Docker Engine is too old (API $api): version 20.10 or newer is needed."
}

# Without them there is no network between workloads, and the agents would say so again and again.
check_kernel() {
  [ "${network:-$(setting OAK_NETWORK)}" != off ] || return 0
  local one missing=()
  for one in bridge veth vxlan tun nf_tables nf_conntrack; do
    modprobe --quiet --dry-run $one 2>/dev/null || [ -d /sys/module/$one ] ||
      { zcat /proc/config.gz 2>/dev/null || cat "/boot/config-$(uname -r)" 2>/dev/null; } |
      grep -q "^CONFIG_\(BRIDGE\|VETH\|VXLAN\|TUN\|NF_TABLES\|NF_CONNTRACK\)=y" || missing+=("$one")
  done
  [ ${#missing[@]} -eq 0 ] ||
    fail "This kernel lacks ${missing[*]}: install the full kernel of your system, or use --network off."
}
