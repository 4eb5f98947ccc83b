# Sourced by the scripts in dev/: messages, versions, the cache folder. Expects the repository root as working directory.

COFFERDAM_CACHE=${COFFERDAM_CACHE:-$HOME/.cache/cofferdam}
export COFFERDAM_CACHE

say() { printf '[%3d s] %s\n' "$SECONDS" "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# version_of PROPERTY: every version of something external is a property of the root pom.xml.
version_of() {
  local v
  v=$(sed -n "s:^ *<$1>\(.*\)</$1>.*:\1:p" pom.xml)
  [ -n "$v" ] || die "pom.xml has no property <$1>"
  printf '%s\n' "$v"
}

lab_name=${COFFERDAM_LAB:-dev}
lab_root() { printf '%s/labs/%s\n' "$COFFERDAM_CACHE" "$lab_name"; }

require_root() { [ "$(id -u)" = 0 ] || die "the lab makes namespaces and mounts: run this as root"; }

# find_jdk: sets JAVA_HOME to a JDK 25 or newer, wherever it lies; the default `java` may be older.
find_jdk() {
  local home version
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*jdk* "$HOME"/.sdkman/candidates/java/*; do
    [ -x "$home/bin/javac" ] && [ -f "$home/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if [ "${version:-0}" -ge 25 ]; then
      export JAVA_HOME=$home
      return
    fi
  done
  die "no JDK 25 found in JAVA_HOME, /usr/lib/jvm or /opt: install one (Eclipse Temurin 25, say) and set JAVA_HOME"
}

maven() {
  command -v mvn > /dev/null || die "no Maven on the PATH: apt-get install maven"
  mvn -B -ntp "$@"
}

# Debian packages that the lab uses, installed where missing.
packages=(runc containernetworking-plugins docker-registry busybox-static skopeo umoci iproute2 iptables nftables socat openssl curl libcap-ng-dev
  ca-certificates util-linux gcc libc6-dev libseccomp-dev kmod lz4 erofs-utils qemu-system-x86 e2fsprogs mmdebstrap openssh-client)
ensure_packages() {
  local missing=() package policy=/usr/sbin/policy-rc.d
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt-get -q update > /dev/null
  # Nothing of these is to run as a service of this machine.
  local ours=
  if [ ! -e $policy ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy
  fi
  local rc=0
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" > /dev/null || rc=$?
  [ -z "$ours" ] || rm -f $policy
  [ $rc = 0 ] || die "apt-get could not install ${missing[*]}"
}

# stop_programs PID: ends a `setsid dev/lib/build-programs` with the compilers below it; nothing where PID is blank.
stop_programs() { [ -z "$1" ] || kill -- "-$1" 2> /dev/null || true; }

# newer_sources STAMP: whether a source file changed since the stamp was made.
newer_sources() {
  [ ! -f "$1" ] || [ -n "$(find . \( -name target -o -name .git \) -prune -o -type f -newer "$1" -print -quit)" ]
}

# build_java STAMP ARGS...: runs Maven unless no source has changed since the last time it succeeded with that stamp.
build_java() {
  local stamp=target/built-$1; shift
  newer_sources "$stamp" || { say "Java modules: nothing has changed"; return 0; }
  local started=$SECONDS
  mkdir -p target
  touch "$stamp.started"
  maven -q "$@" >&2 || return
  mv "$stamp.started" "$stamp"
  say "Java modules built in $((SECONDS - started)) s"
}

# build_microvm: what a lab with microVMs needs, and where it lies.
build_microvm() {
  dev/lib/build-programs vhost-device-vsock || return
  COFFERDAM_GUEST_IMAGE=$(dev/lib/guest-image) || return
  COFFERDAM_FILES=$(dev/lib/files-program) || return
  export COFFERDAM_GUEST_IMAGE COFFERDAM_FILES
}

# build_vm_node: what the lab's second node boots from, and where it lies.
build_vm_node() {
  COFFERDAM_NODE_IMAGE=$(dev/lib/node-image) || return
  export COFFERDAM_NODE_IMAGE
}

# lab ARGS...: the class that starts and stops labs.
lab() {
  [ -f src/test/target/classes/dev/cofferdam/lab/LabCommand.class ] || maven -q -pl src/test -am -DskipTests compile >&2
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dcofferdam.lab="$lab_name" \
    -cp src/test/target/classes dev.cofferdam.lab.LabCommand "$@"
}
