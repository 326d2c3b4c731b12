#!/bin/sh
# SOCKET IMAGE COMMAND...: a job whose output is dropped; reports the seconds from its start to the end of the output.
set -e
socket=$1 image=$2
shift 2
command=$(printf ',"%s"' "$@")
headers=$(mktemp)
ask() { curl -sS --fail --unix-socket "$socket" "$@"; }
id=$(ask -H 'Content-Type: application/json' -d "{\"Image\":\"$image\",\"Cmd\":[${command#,}]}" http://d/containers/create)
id=${id#*:\"}
id=${id%%\"*}
ask -N -X POST -D "$headers" -o /dev/null -w '%{size_download}' "http://d/containers/$id/attach?stream=1&stdout=1&stderr=1" >"$headers.size" &
until [ -s "$headers" ]; do sleep 0.01; done
begun=$(date +%s%N)
ask -X POST "http://d/containers/$id/start"
wait $!
ended=$(date +%s%N)
ask -X POST "http://d/containers/$id/wait" >/dev/null
ask -X DELETE "http://d/containers/$id?v=1"
printf '{"streaming":%s,"received":%s}\n' "$(echo "$begun $ended" | awk '{ print ($2 - $1) / 1e9 }')" "$(cat "$headers.size")"
rm -f "$headers" "$headers.size"
