#!/bin/sh
# SOCKET put|get CONTAINER REMOTE LOCAL: a file or a folder, to or from a folder of the other side.
set -e
url="http://d/containers/$3/archive?path=$4"
case $2 in
  put) tar -C "$(dirname "$5")" -cf - "$(basename "$5")" | curl -sS --fail --unix-socket "$1" -X PUT -T - "$url" ;;
  get) curl -sS --fail --unix-socket "$1" "$url" | tar -C "$5" -xf - ;;
esac
