# What engine.sh and swarm.sh share: their `run` goes on in the background, and keeps all it has in a folder.

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

wrong() {
  usage >&2
  exit 2
}

# Sets root, dir and flags from ENGINE DIR [DOCKERD-FLAG...].
place() {
  [ $# -ge 2 ] || wrong
  root=$1 dir=$2
  shift 2
  flags=("$@")
  [ "${dir#/}" != "$dir" ] || fail "not an absolute path: $dir"
}

# Starts `run` with the same arguments; its complaints are in $scratch/errors.
begin() {
  [ ! -e "$dir" ] || fail "$dir exists already"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkfifo "$scratch/orders"
  setsid "$BASH" "$0" run "$@" <>"$scratch/orders" >/dev/null 2>"$scratch/errors" &
  runner=$!
}

# Ends what runs in the folder $1, by the process whose id is in its file $2; that removes the folder.
finish() {
  [ -e "$1/$2" ] || fail "nothing of this script is in $1"
  kill "$(cat "$1/$2")"
  for _ in {1..600}; do
    [ -e "$1" ] || return 0
    sleep 0.1
  done
  fail "$1 is still there"
}

# Does one of the verbs $1, as the other arguments say.
main() {
  verbs=$1
  shift
  [ $# -ge 2 ] || wrong
  [ "$(id -u)" = 0 ] || fail 'this is for root'
  case " $verbs " in
    *" $1 "*) "$@" ;;
    *) wrong ;;
  esac
}
