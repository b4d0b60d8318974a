# Sourced by ops/build-*: a pinned release of a library, built once, outside the checkout. The source is that
# inside a package of crates.io, checked by its hash. Before: set -euo pipefail; what it is called (library,
# version), the package (crate, package, sha256), targets, why, and the function configure, which may use
# $work and $package.

script=ops/$(basename "$0")
url=https://static.crates.io/crates/$crate/$package.crate
home=${XDG_CACHE_HOME:-$HOME/.cache}/subledger
prefix=$home/${library,,}-$version
jobs=$(nproc)

usage() {
  cat <<EOT
Usage: $script [--jobs N]   builds $library $version with N compilers at once (default: one a core);
       ${script//?/ }              prints where it is. Does nothing when it is there
       $script --where      prints where it is; exit 3 when it was not built
$why
EOT
}

fail() { printf '%s: %s\n' "$script" "$*" >&2; exit 1; }

# What the build is made of: another recipe makes another build.
recipe() {
  printf '%s %s\n' "$package" "$sha256"
  declare -f configure
}

is_built() { [ "$(cat "$prefix/complete" 2>/dev/null)" = "$(recipe)" ]; }

fetch() {
  command -v curl >/dev/null || fail "no curl on PATH; 'ops/setup build' installs it"
  curl --fail --silent --show-error --location --retry 3 --output "$work/source.crate" "$url" ||
    fail "could not get $url"
  printf '%s  %s\n' "$sha256" "$work/source.crate" | sha256sum --check --status ||
    fail "$url has another SHA-256 than $sha256: it is not what this script was written for"
  tar --extract --gzip --file "$work/source.crate" --directory "$work"
}

build() {
  {
    configure &&
      cmake --build "$work/build" --parallel "$jobs" --target "${targets[@]}" &&
      cmake --install "$work/build"
  } >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; fail "$library $version could not be built"; }
}

# Installed elsewhere and then moved, so that nobody sees half of it; its CMake files know no absolute path.
install_library() {
  work=$(mktemp -d "$prefix.part-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "$script: building $library $version, which takes minutes" >&2
  fetch
  build
  rm -rf "$prefix"
  rm -rf "$work/prefix/lib/pkgconfig"  # names the place where it was made
  mv -T "$work/prefix" "$prefix"
  recipe >"$prefix/complete"
}

case ${1:-} in
  '') ;;
  --jobs) jobs=${2:?--jobs needs a number} ;;
  --where) is_built || exit 3; printf '%s\n' "$prefix"; exit 0 ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

mkdir -p "$home"
exec 9>"$prefix.lock"
flock 9
is_built || install_library
printf '%s\n' "$prefix"
