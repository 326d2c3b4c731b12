#!/bin/bash
set -eu
. "$(dirname "$0")/background.sh"

usage() {
  cat <<'TEXT'
A Swarm of three private Docker Engines on this machine, for tests and for trying things out. Linux, as root.

  scripts/swarm.sh up [OPTION...] ENGINE DIR [DOCKERD-FLAG...]
      Start three Engines, each in a network and UTS namespace of its own with a bridge between them, and join
      them to one Swarm. All they have is in the new folder DIR: sockets DIR/1.sock to DIR/3.sock, logs
      DIR/*-N/log, the machine's address on the bridge DIR/address. Node 1 is a manager. ENGINE is as for
      scripts/engine.sh, and --containerd-store too.

  scripts/swarm.sh down DIR
      Stop them and remove DIR, the bridge and the namespaces.

  scripts/swarm.sh run [OPTION...] ENGINE DIR [DOCKERD-FLAG...]
      Like up, but in the foreground until the end of its input, on which it takes orders: "N signal NAME"
      signals the dockerd of node N, "N start" starts it again. Says "joined" when all nodes have joined.

  Options: --managers N   how many of the nodes are managers (default: 1)
           --containerd-store
TEXT
}

engine=$(dirname "$0")/engine.sh
nodes='1 2 3'

options() {
  managers=1 store=
  while [ $# -gt 0 ]; do
    case $1 in
      --managers) [ $# -gt 1 ] || wrong; managers=$2; shift ;;
      --containerd-store) store=$1 ;;
      *) break ;;
    esac
    shift
  done
  place "$@"
}

# Prints its first three numbers. One at a time: two would find the same network free.
take_network() (
  flock 8
  for net in 10.214.{0..255}; do
    [ -z "$(ip -o addr show to "$net.0/24")" ] || continue
    ip addr add "$net.1/24" dev "$bridge"
    echo "$net"
    return
  done
  fail 'no free network in 10.214.0.0/16'
) 8<"$0"

# The names of devices have at most 15 characters.
add_network() {
  bridge=hfs$$
  echo "$bridge" >"$dir/bridge"
  ip link add "$bridge" type bridge
  net=$(take_network)
  ip link set "$bridge" up
  echo "$net.1" >"$dir/address"
  # Another dockerd on this machine may have set the policy DROP.
  iptables -I FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null || true
  for n in $nodes; do
    ip netns add "$bridge-$n"
    ip link add "$bridge-$n" type veth peer name eth0 netns "$bridge-$n"
    ip link set "$bridge-$n" master "$bridge" up
    ip -n "$bridge-$n" addr add "$net.1$n/24" dev eth0
    ip -n "$bridge-$n" link set eth0 up
    ip -n "$bridge-$n" link set lo up
  done
}

home() {
  echo "$dir/${dir##*/}-$1"
}

# ip netns exec would mount a /sys without cgroups.
start_node() {
  mkfifo "$dir/$1.orders"
  # shellcheck disable=SC2086
  nsenter --net="/run/netns/$bridge-$1" unshare --uts \
    "$BASH" -c 'hostname "$1"; shift; exec "$@"' - "node-$1" \
    "$BASH" "$engine" run $store "$root" "$(home "$1")" ${flags+"${flags[@]}"} \
    <>"$dir/$1.orders" >/dev/null 2>"$dir/$1.errors" &
  ln -s "$(home "$1")/docker.sock" "$dir/$1.sock"
}

ask() {
  curl --silent --show-error --fail-with-body --unix-socket "$dir/$1.sock" "${@:3}" "http://engine$2"
}

await() {
  for _ in {1..300}; do
    if ask "$1" /_ping >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  cat "$dir/$1.errors" >&2
  tail -n 5 "$(home "$1")/log" >&2
  fail "node $1 did not start"
}

join() {
  listen='"ListenAddr": "0.0.0.0:2377"'
  ask 1 /swarm/init --json "{$listen, \"AdvertiseAddr\": \"$net.11\"}" >/dev/null
  tokens=$(ask 1 /swarm)
  for n in 2 3; do
    role=Worker
    [ "$n" -gt "$managers" ] || role=Manager
    token=$(sed -E "s/.*\"$role\":\"(SWMTKN-[^\"]*)\".*/\1/" <<<"$tokens")
    ask "$n" /swarm/join --json "{$listen, \"AdvertiseAddr\": \"$net.1$n\",
      \"RemoteAddrs\": [\"$net.11:2377\"], \"JoinToken\": \"$token\"}" >/dev/null
  done
}

clean() {
  for n in $nodes; do
    if [ -e "$(home "$n")/init" ]; then "$BASH" "$engine" down "$(home "$n")" || true; fi
  done
  bridge=$(cat "$dir/bridge")
  for n in $nodes; do ip netns delete "$bridge-$n" || true; done
  iptables -D FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null || true
  ip link delete "$bridge" || true
  rm -rf --one-file-system "$dir"
}

run() {
  options "$@"
  mkdir "$dir"
  echo $$ >"$dir/runner"
  trap clean EXIT
  trap 'exit 1' INT TERM HUP
  add_network
  for n in $nodes; do start_node "$n"; done
  for n in $nodes; do await "$n"; done
  join
  touch "$dir/joined"
  echo joined
  while read -r n order; do echo "$order" >"$dir/$n.orders"; done
}

up() {
  options "$@"
  begin "$@"
  while [ ! -e "$dir/joined" ]; do
    kill -0 "$runner" 2>/dev/null || fail "no Swarm started: $(cat "$scratch/errors")"
    sleep 0.1
  done
  for n in $nodes; do echo "unix://$dir/$n.sock"; done
}

down() {
  finish "$1" runner
}

main 'up down run' "$@"
