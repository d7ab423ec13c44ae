# shellcheck shell=bash disable=SC2154 # the script that reads this one sets `state`
# Sets `first` to the pid of the first process of the lab whose state folder is in `state`, or ends with an error.
# A pid alone may belong to another process by now: when it was started must match too.
if ! read -r _ first started _ 2> /dev/null < "$state/pids" ||
  [ "$(cut -d ' ' -f 22 "/proc/$first/stat" 2> /dev/null)" != "$started" ]; then
  echo "the lab of $state does not run: start it with  npm run lab:up" >&2
  exit 1
fi
