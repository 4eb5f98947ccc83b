#!/bin/sh
# What the DaemonSet's pod runs on each node: waits for an order, has this node installed or cleared by `cofferdam node`, and says
# how it went. It holds no connection to the API server and runs no Java while it waits; the only programs it needs are busybox's.
#
# An order is one line in the file $COFFERDAM_ORDER, which kubelet keeps as the pod's annotation cofferdam.dev/turn is:
#   install ID | uninstall ID | uninstall --evict ID
# Done orders are kept in $COFFERDAM_STATE, which lives as long as the pod: a container that starts anew does nothing twice.
# An order that fails, and one that removes, ends the container, since its exit code and termination message are what the pod's
# status shows: "ID: what came of it".
set -u

order_file=${COFFERDAM_ORDER:-/order/turn}
state=${COFFERDAM_STATE:-/state}
payload=${COFFERDAM_PAYLOAD:-/payload}
message=${COFFERDAM_MESSAGE:-/dev/termination-log}
token=/var/run/secrets/kubernetes.io/serviceaccount/token
staged=${COFFERDAM_STAGED:-/opt/.cofferdam-payload} # on the host, while an order is carried out
most_words=3500 # kubelet takes 4096 bytes

# A process of the host: the shim of containerd that started this pod with runc. PID 1 need not be one (a node in a container).
host() { cut -d' ' -f4 "/proc/$$/stat"; }

on_host() {
  nsenter -t "$(host)" -m -u -i -n -- /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

# Not while something is mounted there: that would be emptied.
unstage() { ! grep -q " $staged[/ ]" "/proc/$(host)/mounts" && rm -rf "/proc/$(host)/root$staged"; }

# The installer runs on the host, with the host's C library; it copies from there what it installs.
stage() {
  unstage && cp -a "$payload" "/proc/$(host)/root$staged"
}

# carry_out VERB [OPTION]...
carry_out() {
  verb=$1
  shift
  set -- "$staged/bin/cofferdam" node "$verb" --report "$@"
  while IFS= read -r argument; do
    [ -z "$argument" ] || set -- "$@" "$argument"
  done <<END
${COFFERDAM_ARGUMENTS:-}
END
  if [ "$verb" = install ]; then
    set -- "$@" --pod-token "/proc/$$/root$token"
    while IFS= read -r argument; do
      [ -z "$argument" ] || set -- "$@" "$argument"
    done <<END
${COFFERDAM_INSTALL_ARGUMENTS:-}
END
  fi
  stage || { echo "the payload could not be copied to the host's $staged"; return 1; }
  on_host "$@"
  result=$?
  unstage
  return $result
}

# say ID WORDS: the last words, as far as there is room
say() { printf '%s: %s' "$1" "$2" | head -c "$most_words" > "$message"; }

ending=''
# An installer that is at work is waited for: the shell takes the signal when it has ended.
trap 'ending=1' TERM INT

echo "payload $(cat "$payload/VERSION"): waiting for this node's turn"
while [ -z "$ending" ]; do
  verb='' rest=''
  if [ -r "$order_file" ]; then read -r verb rest < "$order_file" || true; fi # kubelet ends it with no newline
  id=${rest##* }
  if [ -n "$verb" ] && [ "$id" != "$(cat "$state/done" 2> /dev/null)" ]; then
    case "$verb ${rest%"$id"}" in
      "install " | "uninstall ") options='' ;;
      "uninstall --evict ") options=--evict ;;
      *)
        echo "not an order: $verb $rest"
        sleep 10 &
        wait $!
        continue
        ;;
    esac
    rm -f "$state/ready"
    echo "order: $verb $rest"
    # shellcheck disable=SC2086  # one option or none
    carry_out "$verb" $options > "$state/words" 2>&1 &
    worker=$!
    # Twice, where a signal comes: the first wait ends with it.
    wait $worker
    result=$?
    while kill -0 $worker 2> /dev/null; do
      wait $worker
      result=$?
    done
    cat "$state/words"
    printf '%s\n' "$id" > "$state/done"
    if [ "$verb" = install ] && [ $result = 0 ]; then
      touch "$state/ready"
      continue
    fi
    say "$id" "$(tail -n 40 "$state/words")"
    [ $result = 0 ] && exit 0
    exit 1
  fi
  sleep "${COFFERDAM_POLL:-2}" &
  wait $!
done
