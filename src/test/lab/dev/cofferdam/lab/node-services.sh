#!/bin/sh
# What a service manager does, for `cofferdam node --service-program` in a lab, where none runs. LAB is replaced by the lab's folder.
set -eu
lab='LAB'
state=$lab/services
logs=$lab/logs
mkdir -p "$state"

alive() { [ -f "$1" ] && kill -0 "$(cat "$1")" 2> /dev/null; }

# end FILE: ends the process whose ID is in it, and waits for its end
end() {
  alive "$1" || { rm -f "$1"; return 0; }
  process=$(cat "$1")
  kill "$process" 2> /dev/null || true
  tries=0
  while kill -0 "$process" 2> /dev/null && [ "$(cut -d' ' -f3 "/proc/$process/stat" 2> /dev/null)" != Z ]; do
    tries=$((tries + 1))
    if [ $tries = 300 ]; then kill -9 "$process"; fi
    sleep 0.1
  done
  rm -f "$1"
}

# What is started here is the lab's, also when a pod asked for it.
leave_pod() {
  for group in /sys/fs/cgroup/daemons /sys/fs/cgroup/*/daemons; do
    if [ -e "$group/cgroup.procs" ]; then echo $$ > "$group/cgroup.procs"; fi
  done
}

case $1 in
  start)
    [ "$(readlink /opt/cofferdam/current)" = "$2" ] || { echo "version $2 is not current" >&2; exit 1; }
    alive "$state/$2" && exit 0
    leave_pod
    setsid "/opt/cofferdam/$2/bin/cofferdam" shim --take-over < /dev/null >> "$logs/installed-shim.log" 2>&1 &
    echo $! > "$state/$2"
    ;;
  stop) end "$state/$2" ;;
  running) alive "$state/$2" ;;
  enable) touch "$state/$2.enabled" ;;
  disable) rm -f "$state/$2.enabled" ;;
  last-words) tail -n 15 "$logs/installed-shim.log" ;;
  restart-kubelet)
    leave_pod
    cut -d' ' -f1 "$lab/processes/kubelet" > "$state/kubelet"
    end "$state/kubelet"
    # shellcheck disable=SC2046  # words, as the lab wrote them
    setsid $(cat "$lab/settings/kubelet.command") < /dev/null >> "$logs/kubelet.log" 2>&1 &
    # setsid and the shell that forked for it are one process with what it runs; its start time is that of the fork.
    echo "$! $(cut -d' ' -f22 "/proc/$!/stat")" > "$lab/processes/kubelet"
    ;;
  *) echo "usage: $0 start|stop|running|enable|disable|last-words VERSION | restart-kubelet" >&2; exit 2 ;;
esac
