# Sourced by dev/lib/node-image: Debian's cloud kernel, its modules, and an initramfs. Expects common.sh. dev/lib/guest-image has copies of
# some of these: a change to it makes everybody's guest image anew.

# The package that the meta package stands for, such as linux-image-6.1.0-56-cloud-amd64.
kernel_package() {
  local name
  name=$(apt-cache depends linux-image-cloud-amd64 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -1)
  [ -n "$name" ] || die "apt knows no package linux-image-cloud-amd64: run apt-get update, and enable Debian's main archive"
  printf '%s\n' "$name"
}
package_field() { apt-cache show "$1" | sed -n "s/^$2: //p" | head -1; }

# unpack_kernel PACKAGE FOLDER WORK: downloads the package and unpacks it; depmod is done.
unpack_kernel() {
  # apt's own user may not write here; it then goes on as root with a warning.
  (cd "$3" && apt-get -qq download "$1" 2> "$3/apt.log") || { cat "$3/apt.log" >&2; die "apt-get could not download $1"; }
  dpkg-deb -x "$3"/linux-image-*.deb "$2"
  depmod -b "$2" "$(basename "$2"/lib/modules/*)"
}

# The kernel's own file holds an LZ4 payload behind its boot code.
extract_vmlinux() { # VMLINUZ OUT
  local offset
  for offset in $(LC_ALL=C grep -obUaP '\x02\x21\x4c\x18' "$1" | cut -d: -f1); do
    # What comes after the payload is no LZ4, which lz4 says when it is done.
    tail -c "+$((offset + 1))" "$1" | lz4 -dcq > "$2" 2> /dev/null || true
    if [ "$(head -c 4 "$2" | tail -c 3)" = ELF ]; then return; fi
  done
  die "no LZ4 payload in $1: this kernel is compressed in another way"
}

# module_files FOLDER NAME...: files below FOLDER, those first that others need; none for what is built in.
module_files() {
  local folder=$1 name line file seen=' '
  shift
  for name in "$@"; do
    if grep -qE "(^|/)${name//_/[-_]}\.ko$" "$folder/modules.builtin"; then continue; fi
    line=$(grep -E "(^|/)${name//_/[-_]}\.ko:" "$folder/modules.dep") || die "the kernel has no module $name"
    for file in $(printf '%s\n' ${line#*:} | tac) "${line%%:*}"; do
      case $seen in *" $file "*) ;; *) seen="$seen$file "; printf '%s\n' "$file" ;; esac
    done
  done
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
