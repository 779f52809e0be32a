#!/usr/bin/env bash
# From a fresh Debian 12, Debian 13 or Ubuntu 24.04 to a running banksim; elsewhere it uses what is installed.
# Only the program, or ctest, writes to stdout; what this script has to say goes to stderr.
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
  test [CTEST ARGS...]   the same with Catch2, and run the tests; given CTEST ARGS, show all of ctest's output
  deps [run|test|dev]    only install what is missing to run (the default), to test, or to work on banksim

With nothing missing nothing is installed and no network is used. CXX, CMAKE_GENERATOR, CMAKE_PREFIX_PATH and
CMAKE_BUILD_PARALLEL_LEVEL mean what they mean to CMake; BANKSIM_WERROR=ON makes warnings errors, as CI does.
EOF
}

say() { printf 'bootstrap: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# quietly WHAT COMMAND...: COMMAND's output is shown only if it fails. It gets no stdin: that is the program's.
quietly() {
  local what=$1 log status=0
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ "$status" -eq 0 ] || cat "$log" >&2
  rm -f "$log"
  [ "$status" -eq 0 ] || die "$what failed"
}

# ---- What is missing ----

cmake_found() {
  have cmake || return 1
  # Of the two versions the minimum has to be the lower one.
  { echo "$cmake_minimum"; cmake --version | sed -n '1s/^cmake version //p'; } | sort -CV
}
compiler_found() {
  if [ -n "${CXX:-}" ]; then have "${CXX%% *}"; else have c++ || have g++ || have clang++; fi
}

# The packages of the tools that PURPOSE needs and nobody has installed in any way.
missing_tools() {
  cmake_found || echo cmake
  compiler_found || echo g++
  have make || [ -n "${CMAKE_GENERATOR:-}" ] || echo make  # who names a generator has its program
  [ "$1" = run ] || have jq || echo jq
  if [ "$1" = dev ]; then
    have clang++ || echo clang
    have clang-format || echo clang-format
    have clang-tidy || echo clang-tidy
    # What the tests of the package, the manual page and the completions would else skip.
    have dpkg-shlibdeps || echo dpkg-dev
    have lintian || echo lintian
    have groff || echo groff-base
    have zsh || echo zsh
    have fish || echo fish
  fi
}

package_installed() {  # NAME [AT LEAST THIS VERSION]
  local version
  # shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
  version=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p')
  [ -n "$version" ] && dpkg --compare-versions "${version%%$'\n'*}" ge "${2:-0}"
}

on_debian_12() { grep -qs '^ID=debian$' /etc/os-release && grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release; }

# The packages of the libraries that PURPOSE needs and dpkg does not have.
missing_library_packages() {
  local package
  for package in libcli11-dev libfmt-dev libspdlog-dev nlohmann-json3-dev; do
    package_installed "$package" || echo "$package"
  done
  if [ "$1" = run ] || package_installed catch2 "$catch2_minimum"; then return; fi
  if on_debian_12; then
    # Both by name: libcatch2-dev alone would remove libspdlog-dev, which depends on catch2.
    printf '%s\n' "catch2/$backports" "libcatch2-dev/$backports"
  else
    echo catch2
  fi
}

# Was the build tree configured, and for the sources here? They may have been moved, or the tree copied along.
tree_is_ours() {
  local home
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$tree/CMakeCache.txt" 2>/dev/null) && [ "$home" -ef "$root" ]
}

# Are the libraries there, from packages or otherwise? CMake answers, by the project's own list.
libraries_found() {  # ON or OFF: with Catch2 or without
  local probe status=0
  # A tree that was told to download its libraries needs none of the machine's.
  if tree_is_ours && grep -qs '^BANKSIM_FETCH_DEPS:[A-Z]*=ON' "$tree/CMakeCache.txt"; then return 0; fi
  probe=$(mktemp -d)
  cat >"$probe/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION $cmake_minimum)
project(probe LANGUAGES CXX)
include("$root/cmake/Dependencies.cmake")
EOF
  cmake -S "$probe" -B "$probe/build" -DBANKSIM_BUILD_TESTS="$1" >/dev/null 2>&1 </dev/null || status=$?
  rm -rf "$probe"
  return "$status"
}

# ---- Installing it ----

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# A machine that has just been set up may be upgrading itself: wait for the lock.
apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=120 "$@"; }

# The package lists are renewed only if they turn out to be absent or out of date. Nothing is ever removed.
apt_install() {
  local install=(install --no-install-recommends --no-remove "$@")
  apt_get "${install[@]}" || { apt_get update && apt_get "${install[@]}"; }
}

# The address of SUITE in this machine's own package sources; known before they are first read.
archive_of() {
  # shellcheck disable=SC2016  # apt fills this in, not the shell
  apt-get indextargets --no-release-info --format '$(REPO_URI)' \
    'Created-By: Packages' "Release: $1" 'Component: main' | sed -n 1p
}

enable_backports() {
  local archive file=/etc/apt/sources.list.d/banksim-backports.sources
  [ -z "$(archive_of "$backports")" ] || return 0
  archive=$(archive_of bookworm)
  [ -n "$archive" ] || die "no package source here names bookworm: enable $backports by hand for its Catch2"
  say "enabling $backports in $file: Debian 12's own Catch2 is older than $catch2_minimum"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$archive" "$backports" \
    /usr/share/keyrings/debian-archive-keyring.gpg | as_root install -m 644 /dev/stdin "$file"
}

# install_missing PURPOSE: run, test or dev.
install_missing() {
  local purpose=$1 catch2=ON tools packages
  if [ "$purpose" = run ]; then catch2=OFF; fi
  tools=$(missing_tools "$purpose")

  if ! have apt-get; then
    if [ -z "$tools" ] && libraries_found "$catch2"; then return 0; fi
    [ -z "$tools" ] || say "missing: ${tools//$'\n'/ }"
    say "needed: CMake >= $cmake_minimum, a C++20 compiler, make, and the libraries CLI11, fmt, spdlog and nlohmann-json;"
    say "        to test also Catch2 >= $catch2_minimum and jq"
    say "to download the libraries instead: cmake --preset release -DBANKSIM_FETCH_DEPS=ON, then this again"
    die "there is no apt-get here to install what is missing"
  fi

  mapfile -t packages < <(missing_library_packages "$purpose")
  # A library that is in no package may still be there.
  if [ "${#packages[@]}" -gt 0 ] && libraries_found "$catch2"; then packages=(); fi
  # shellcheck disable=SC2206  # one package name a word
  packages=($tools "${packages[@]}")
  [ "${#packages[@]}" -gt 0 ] || return 0

  say "installing what banksim needs (deps $purpose): ${packages[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || die "only root may install packages, and there is no sudo. As root: cmake/bootstrap.sh deps $purpose"
    say "using sudo, as only root may install packages"
  fi
  case ${packages[*]} in *"/$backports"*) enable_backports ;; esac
  quietly "installing packages" apt_install "${packages[@]}"
  cmake_found || die "banksim needs CMake >= $cmake_minimum; this system offers only $(cmake --version | sed -n 1p)"
}

# ---- Building ----

# Processors, or fewer, so that each compiler has 1.5 GiB.
parallel_jobs() {
  local jobs fitting
  jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
  fitting=$(awk '/^MemAvailable:/ { print int($2 / (1.5 * 1024 * 1024)) }' /proc/meminfo 2>/dev/null) || fitting=$jobs
  if [ "$fitting" -lt "$jobs" ]; then jobs=$((fitting > 1 ? fitting : 1)); fi
  echo "${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}"
}

# Configures the build tree as it was before, or from nothing if that does not work.
configure() {  # CMAKE OPTIONS...
  local release=(cmake -S "$root" --preset release)
  if [ -n "${BANKSIM_WERROR:-}" ]; then release+=("-DBANKSIM_WERROR=$BANKSIM_WERROR"); fi
  if tree_is_ours && "${release[@]}" "$@" >/dev/null 2>&1 </dev/null; then return 0; fi
  # To run needs no Catch2, and there may be none.
  libraries_found ON || release+=(-DBANKSIM_BUILD_TESTS=OFF)
  say "configuring build/release"
  quietly "configuring build/release" "${release[@]}" --fresh "$@"
}

build() {  # BUILD OPTIONS...
  [ -x "$tree/banksim" ] || say "building, the first time for a minute or so"
  quietly "building" cmake --build "$tree" --parallel "$(parallel_jobs)" "$@"
}

# ---- The commands ----

run() {
  install_missing run
  configure
  build --target banksim
  exec "$tree/banksim" "$@"
}

run_tests() {
  local run_ctest log status=0
  install_missing test
  configure -DBANKSIM_BUILD_TESTS=ON
  build
  cd "$root"
  run_ctest=(ctest --preset release --parallel "$(parallel_jobs)")
  if [ $# -gt 0 ]; then exec "${run_ctest[@]}" "$@"; fi

  say "running the tests"
  log=$(mktemp)
  "${run_ctest[@]}" >"$log" 2>&1 </dev/null || status=$?
  [ "$status" -eq 0 ] || sed '/% tests passed/,$d' "$log" >&2
  sed -n '/% tests passed/,$p' "$log"  # the closing lines
  rm -f "$log"
  return "$status"
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  run) run "$@" ;;
  test) run_tests "$@" ;;
  deps)
    case ${1:-run} in
      run | test | dev) install_missing "${1:-run}" ;;
      *) usage >&2; exit 2 ;;
    esac ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
