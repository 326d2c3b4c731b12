# SOCKET COUNT IMAGE COMMAND...: a job by hand
set -eu
export DOCKER_HOST="unix://$1"
count=$2
shift 2
while [ "$count" -gt 0 ]; do
  id=$(docker service create --detach --quiet --no-resolve-image --mode replicated-job --restart-condition none "$@")
  while :; do
    state=$(docker service ps --format '{{.CurrentState}}' "$id")
    case $state in
      Complete*) break ;;
      Failed* | Rejected*) exit 1 ;;
    esac
    sleep 0.2
  done
  docker service logs "$id"
  docker service rm "$id" >/dev/null
  count=$((count - 1))
done
