# Sourced by the scripts that make a guest's initramfs.

# How agents are compiled: without paths of this machine in them: those of dependencies and of what build scripts write are renamed, the
# workspace's own are relative. The clone's path is not among the flags, so that dependencies are compiled once a machine and not once a
# clone.
agent_flags() {
  printf '%s\x1f%s\x1f%s' -Ctarget-feature=+crt-static "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
    "--remap-path-prefix=$COFFERDAM_CACHE/cargo-guest=/target"
}

# An archive in the kernel's "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst), written here: so
# device nodes need no root, and nothing of this machine gets in.
inode=0
entry() { # MODE NAME FILE|- [MAJOR MINOR]
  local size=0 name=$2
  [ "$3" = - ] || size=$(stat -c %s "$3")
  inode=$((inode + 1))
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
    "$inode" "$((8#$1))" 0 0 1 0 "$size" 0 0 "${4:-0}" "${5:-0}" "$((${#name} + 1))" 0 "$name"
  pad $((110 + ${#name} + 1))
  if [ "$3" != - ]; then cat "$3"; pad "$size"; fi
}
pad() { head -c $(((4 - $1 % 4) % 4)) /dev/zero; }
