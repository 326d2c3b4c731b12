# SOCKET SERVICE...: looks at the tasks of each once
set -eu
export DOCKER_HOST="unix://$1"
shift
for service; do docker service ps --format '{{.CurrentState}}' "$service" >/dev/null; done
