#!/usr/bin/env bash
# From a fresh Debian 12, Debian 13 or Ubuntu 24.04 to a running banksim; elsewhere it uses what is installed.
# Only the program, or ctest, writes to stdout; what this script has to say goes to stderr, and first.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tree=$root/build/release
cmake_minimum=3.25
catch2_minimum=3.4
backports=bookworm-backports  # Catch2 for Debian 12, whose own is too old

usage() {
  cat <<EOF
Usage: cmake/bootstrap.sh COMMAND

  run [ARGS...]          install what is missing, build, and run banksim with ARGS
  test [CTEST ARGS...]   install what is missing, Catch2 too, build, and run the tests by ctest with CTEST ARGS
  deps [run|test|dev]    only install what is missing to run (the default), to test, or to work on banksim;
                         with --dry-run after it, only say what, and which package source would be added

With nothing missing nothing is installed and no network is used. CXX, CMAKE_GENERATOR, CMAKE_PREFIX_PATH and
CMAKE_BUILD_PARALLEL_LEVEL mean what they mean to CMake; BANKSIM_WERROR=ON makes warnings errors, as CI does.
EOF
}
say() { printf 'bootstrap: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# quietly WHAT COMMAND...: COMMAND's output is shown only if it fails. It gets no stdin: that is the program's.
quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; rm -f "$log"; die "$what failed"; }
  rm -f "$log"
}

# ---- What is missing: each prints a package a line ----

cmake_found() { have cmake && printf '%s\n' "$cmake_minimum" "$(cmake --version | sed -n '1s/[^0-9]*//p')" | sort -CV; }

missing_tools() {  # PURPOSE
  local compiler=${CXX:-c++} tool
  cmake_found || echo cmake
  have "${compiler%% *}" || case $compiler in *clang*) echo clang ;; *) echo g++ ;; esac
  have make || [ -n "${CMAKE_GENERATOR:-}" ] || echo make  # who names a generator has its program
  [ "$1" = run ] || have jq || echo jq
  [ "$1" = dev ] || return 0
  # The last three are for the tests of the manual page and the completions.
  for tool in clang++:clang clang-format clang-tidy groff:groff-base zsh fish; do
    have "${tool%:*}" || echo "${tool#*:}"
  done
  can_fuzz || echo libclang-rt-dev
}

# Has clang the runtime of its fuzzer?
can_fuzz() {
  echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
    clang++ -fsanitize=fuzzer -x c++ - -o /dev/null >/dev/null 2>&1
}

missing_libraries() {  # PURPOSE
  local package version want=(libcli11-dev libfmt-dev libspdlog-dev nlohmann-json3-dev)
  [ "$1" = run ] || want+=(catch2)
  for package in "${want[@]}"; do
    # shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
    version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null | sed -n 's/^installed //p')
    [ -n "$version" ] && { [ "$package" != catch2 ] || dpkg --compare-versions "$version" ge "$catch2_minimum"; } && continue
    # Both by name: libcatch2-dev alone would remove libspdlog-dev, which depends on catch2.
    case $package$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) in
      catch2bookworm) printf '%s\n' "catch2/$backports" "libcatch2-dev/$backports" ;;
      *) echo "$package" ;;
    esac
  done
}

# Does CMake find the libraries, from packages or otherwise? To test, with Catch2.
libraries_found() {  # PURPOSE
  local probe status=0 tests=ON
  # A tree that was told to download its libraries needs none of the machine's.
  ! grep -qs '^BANKSIM_FETCH_DEPS:[A-Z]*=ON' "$tree/CMakeCache.txt" || return 0
  [ "$1" != run ] || tests=OFF
  probe=$(mktemp -d)
  cmake -S "$root" -B "$probe" -DBANKSIM_BUILD_TESTS=$tests >/dev/null 2>&1 </dev/null || status=$?
  rm -rf "$probe"
  return "$status"
}

# ---- Installing it ----

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
# A machine that has just been set up may be upgrading itself: wait for the lock.
apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=120 "$@"; }
# Another's package source that cannot be read is no matter. Nothing is ever removed.
apt_install() { apt_get update || true; apt_get install --no-install-recommends --no-remove "$@"; }

# The address of a suite in this machine's own package sources; known before they are first read.
# shellcheck disable=SC2016  # apt fills this in, not the shell
archive_of() {
  apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' "Release: $1" \
    'Component: main' | sed -n 1p
}

# Says what is missing and which package source it takes, and installs it unless that was all that was asked for.
install_missing() {  # PURPOSE [--dry-run]
  local tools libraries packages archive='' source=/etc/apt/sources.list.d/banksim-backports.sources
  tools=$(missing_tools "$1")
  # A library that is in no package may still be there.
  if have apt-get; then libraries=$(missing_libraries "$1"); else libraries=CLI11,fmt,spdlog,nlohmann-json,Catch2; fi
  if [ -n "$libraries" ] && libraries_found "$1"; then libraries=''; fi
  read -r -d '' -a packages <<<"$tools $libraries" || true
  [ "${#packages[@]}" -gt 0 ] || return 0
  say "missing to $1 banksim: ${packages[*]}"
  have apt-get || die "there is no apt-get here to install it" \
    "(CMake >= $cmake_minimum; Catch2 >= $catch2_minimum; to download libraries: cmake --preset release -DBANKSIM_FETCH_DEPS=ON)"

  if [[ ${packages[*]} == */$backports* && -z $(archive_of "$backports") ]]; then
    archive=$(archive_of bookworm)
    [ -n "$archive" ] || die "no package source here names bookworm: enable $backports by hand for its Catch2"
    say "to be added: the package source $backports of $archive, for Catch2 >= $catch2_minimum, in $source"
  fi
  [ "${2:-}" != --dry-run ] || return 0
  have sudo || [ "$(id -u)" -eq 0 ] || die "only root may install packages, and there is no sudo"
  say "installing this with apt-get"
  [ -z "$archive" ] || printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$archive" \
    "$backports" /usr/share/keyrings/debian-archive-keyring.gpg | as_root install -m 644 /dev/stdin "$source"
  quietly "installing packages" apt_install "${packages[@]}"
  cmake_found || die "banksim needs CMake >= $cmake_minimum; this system offers only $(cmake --version | sed -n 1p)"
}

# ---- The commands ----

# Configures the build tree as it was before, or from nothing if that does not work; and builds a target.
build() {  # TARGET CMAKE OPTIONS...
  local target=$1 jobs memory release=(cmake -S "$root" --preset release ${BANKSIM_WERROR:+"-DBANKSIM_WERROR=$BANKSIM_WERROR"})
  shift
  if ! "${release[@]}" "$@" >/dev/null 2>&1 </dev/null; then
    libraries_found test || release+=(-DBANKSIM_BUILD_TESTS=OFF)  # to run needs no Catch2, and there may be none
    quietly "configuring build/release" "${release[@]}" --fresh "$@"
  fi
  # Processors, or fewer, so that each compiler has a GiB or more.
  jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
  memory=$(awk '/^MemAvailable:/ { print 1 + int(($2 - 1) / 1572864) }' /proc/meminfo 2>/dev/null) || memory=$jobs
  export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$((memory < jobs ? memory : jobs))}"
  [ -x "$tree/banksim" ] || say "building, the first time for two or three minutes"
  quietly "building" cmake --build "$tree" --target "$target"
}

case ${1:-},${2:-} in
  run,*) shift; install_missing run; build banksim; exec "$tree/banksim" "$@" ;;
  test,*)
    shift; install_missing test; build all -DBANKSIM_BUILD_TESTS=ON
    cd "$root"
    CTEST_PARALLEL_LEVEL=$CMAKE_BUILD_PARALLEL_LEVEL exec ctest --preset release "$@" ;;
  deps, | deps,--dry-run) install_missing run "${2:-}" ;;
  deps,run | deps,test | deps,dev) install_missing "$2" "${3:-}" ;;
  -h,* | --help,*) usage ;;
  *) usage >&2; exit 2 ;;
esac
