#!/bin/sh
# SOCKET put|get CONTAINER REMOTE LOCAL: a file or a folder, to or from a folder of the other side.
case $2 in
  put) exec docker -H "unix://$1" cp --quiet "$5" "$3:$4" ;;
  get) exec docker -H "unix://$1" cp --quiet "$3:$4" "$5" ;;
esac
