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
