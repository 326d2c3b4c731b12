#!/bin/bash
set -eu
. "$(dirname "$0")/background.sh"

usage() {
  cat <<'TEXT'
Private Docker Engines for tests and for trying things out. Linux, as root.

  scripts/engine.sh build SUITE [DIR]
      Install Debian SUITE with its docker.io, from apt's mirror, into DIR (default /srv/holdfast-SUITE).
      bookworm has Engine 20.10, trixie 26.1, forky 28.5.

  scripts/engine.sh up [OPTION...] ENGINE DIR [DOCKERD-FLAG...]
      Start an Engine which keeps all it has in the new folder DIR (socket DIR/docker.sock, log DIR/log).
      ENGINE is "host" for this machine's own dockerd, a SUITE built before, or the folder of one.

  scripts/engine.sh down DIR
      Stop it and remove DIR. Containers, mounts, cgroups and bridges of that Engine go with it.

  scripts/engine.sh run [OPTION...] ENGINE DIR [DOCKERD-FLAG...]
      Like up, but in the foreground until the end of its input, on which it takes orders:
      "signal NAME" signals dockerd, "start" starts it again. Says "exited STATUS" when dockerd has ended.

  Options: --bridge     a bridge of its own, so that ports can be published (default: no bridge)
           --disk MIB   a disk of that size, in memory
           --containerd-store
                        images in containerd's store instead of the graph driver's (from 26.1 on)

The Engine runs in a mount and a process namespace of its own and leaves iptables alone. It shares the
machine's network, so that registries on 127.0.0.1 can be reached.
TEXT
}

build() {
  suite=$1 dir=${2:-/srv/holdfast-$1}
  [ ! -e "$dir" ] || fail "$dir exists already"
  command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
  script=/usr/share/debootstrap/scripts/$suite
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 'Created-By: Packages' | head -n 1)
  [ -n "$mirror" ] || fail "apt knows no Debian mirror"
  trap 'rm -rf --one-file-system "$dir.partial"' EXIT
  unshare --mount debootstrap --variant=minbase --include=docker.io,ca-certificates \
    "$suite" "$dir.partial" "$mirror" "$script"
  mv "$dir.partial" "$dir"
}

options() {
  bridge=none disk= store=graph
  while [ $# -gt 0 ]; do
    case $1 in
      --bridge) bridge=hf$$ ;;
      --containerd-store) store=containerd ;;
      --disk) [ $# -gt 1 ] || wrong; disk=$2; shift ;;
      *) break ;;
    esac
    shift
  done
  place "$@"
  case $root in
    host) root=/ ;;
    /*) ;;
    *) root=/srv/holdfast-$root ;;
  esac
  [ -d "$root" ] || fail "no Engine in $root: scripts/engine.sh build SUITE makes one"
}

# One at a time: two would find the same network free.
add_bridge() (
  flock 8
  ip link add "$bridge" type bridge
  for net in 10.213.{0..255}; do
    [ -z "$(ip -o addr show to "$net.0/24")" ] || continue
    ip addr add "$net.1/24" dev "$bridge"
    ip link set "$bridge" up
    return
  done
  fail 'no free network in 10.213.0.0/16'
) 8<"$0"

clean() {
  [ "$bridge" = none ] || ip link delete "$bridge" 2>/dev/null || true
  for link in /sys/class/net/br-*; do
    name=${link##*/}
    [ -e "$link" ] || continue
    if grep -qs "${name#br-}" "$dir/data/network/files/local-kv.db"; then ip link delete "$name" || true; fi
  done
  find /sys/fs/cgroup -maxdepth 2 -type d -name "${dir##*/}" | while read -r group; do
    find "$group" -depth -type d -exec rmdir {} + || true
  done
  rm -rf --one-file-system "$dir"
}

run() {
  options "$@"
  mkdir "$dir"
  trap clean EXIT
  [ "$bridge" = none ] || add_bridge
  unshare --mount --pid --fork --kill-child \
    "$BASH" "$0" inside "$root" "$dir" "$bridge" "$disk" "$store" ${flags+"${flags[@]}"} <&0 &
  keeper=$!
  trap 'kill "$(cat "$dir/init")"' INT TERM HUP
  while kill -0 "$keeper" 2>/dev/null; do
    wait "$keeper" || true
  done
}

inside() {
  root=$1 dir=$2 bridge=$3 disk=$4 store=$5
  shift 5
  trap 'exit 0' TERM
  read -r init _ </proc/self/stat
  echo "$init" >"$dir/init"
  if [ "$root" = / ]; then mount -t proc proc /proc; else enter; fi
  # Where the machine forwards nothing, the Engine would warn of it at each create.
  echo 1 >"$dir/ip_forward"
  mount --bind "$dir/ip_forward" /proc/sys/net/ipv4/ip_forward
  resolver=$(readlink -m /etc/resolv.conf)
  nameservers=$(cat "$resolver")
  mkdir -p /etc/docker
  for private in /run /opt /etc/docker; do mount -t tmpfs tmpfs "$private"; done
  if [ ! -e "$resolver" ]; then
    mkdir -p "${resolver%/*}"
    echo "$nameservers" >"$resolver"
  fi
  grep -q ' cgroup2\? ' /proc/mounts || mount -t cgroup2 cgroup2 /sys/fs/cgroup
  # A file, because 26.1 has no flag for it.
  [ "$store" = graph ] || echo '{"features": {"containerd-snapshotter": true}}' >/etc/docker/daemon.json
  mkdir "$dir/data"
  [ -z "$disk" ] || mount -t tmpfs -o "size=${disk}m" tmpfs "$dir/data"
  serve "$@" &
  while read -r order argument; do
    case $order in
      start) serve "$@" & ;;
      signal) kill -s "$argument" "$(cat "$dir/dockerd")" ;;
    esac
  done
}

enter() {
  mount --bind "$root" "$root"
  cd "$root"
  cp -L /etc/resolv.conf /etc/hosts etc/
  mount -t proc proc proc
  mount --rbind /sys sys
  mount --rbind /dev dev
  mount -t tmpfs tmpfs tmp
  mkdir -p ".$dir"
  mount --bind "$dir" ".$dir"
  pivot_root . mnt
  umount -l /mnt
}

serve() {
  rm -f "$dir/docker.pid"
  dockerd --data-root "$dir/data" --exec-root "$dir/exec" -p "$dir/docker.pid" -H "unix://$dir/docker.sock" \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/${dir##*/}" --bridge "$bridge" \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false "$@" >>"$dir/log" 2>&1 &
  echo $! >"$dir/dockerd"
  status=0
  wait $! || status=$?
  echo "exited $status" | tee -a "$dir/log"
}

up() {
  options "$@"
  begin "$@"
  for _ in {1..200}; do
    kill -0 "$runner" 2>/dev/null || fail "no Engine in $root started: $(cat "$scratch/errors")"
    if grep -qs 'API listen on' "$dir/log"; then
      echo "unix://$dir/docker.sock"
      return
    fi
    if grep -qs '^exited' "$dir/log"; then break; fi
    sleep 0.1
  done
  tail -n 5 "$dir/log" >&2
  down "$dir"
  fail 'dockerd did not start'
}

down() {
  finish "$1" init
}

main 'build up down run inside' "$@"
