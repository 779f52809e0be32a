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
die() {
  say "error: $*"
  exit 1
}
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
  local version
  version=$(cmake --version | sed -n '1s/^cmake version //p')
  [ "$(printf '%s\n' "$cmake_minimum" "$version" | sort -V | head -n 1)" = "$cmake_minimum" ]
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
  fi
}

package_installed() {  # NAME [AT LEAST THIS VERSION]
  local version
  # shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
  version=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p')
  [ -n "$version" ] && dpkg --compare-versions "${version%%$'\n'*}" ge "${2:-0}"
}

# The packages of the libraries that PURPOSE needs and dpkg does not have.
missing_library_packages() {
  local package
  for package in libcli11-dev libfmt-dev libspdlog-dev nlohmann-json3-dev; do
    package_installed "$package" || echo "$package"
  done
  [ "$1" = run ] || package_installed catch2 "$catch2_minimum" || echo catch2
}

# Are the libraries there, from packages or otherwise? CMake answers, by the project's own list.
libraries_found() {  # ON or OFF: with Catch2 or without
  local probe status=0
  # A tree that was told to download its libraries needs none of the machine's.
  if grep -qs '^BANKSIM_FETCH_DEPS:[A-Z]*=ON' "$tree/CMakeCache.txt"; then return 0; fi
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

# The package lists are renewed only if they turn out to be absent or out of date.
apt_install() {
  local install=(install --no-install-recommends "$@")
  apt_get "${install[@]}" || { apt_get update && apt_get "${install[@]}"; }
}

on_debian_12() { grep -qs '^ID=debian$' /etc/os-release && grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release; }

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
    /usr/share/keyrings/debian-archive-keyring.gpg | as_root tee "$file" >/dev/null
}

# install_missing PURPOSE: run, test, or dev.
install_missing() {
  local purpose=$1 with_tests=ON tools packages=()
  if [ "$purpose" = run ]; then with_tests=OFF; fi
  tools=$(missing_tools "$purpose")

  if ! have apt-get; then
    if [ -z "$tools" ] && libraries_found "$with_tests"; then return 0; fi
    [ -z "$tools" ] || say "missing: ${tools//$'\n'/, }"
    die "there is no apt-get here to install what is missing. Needed: CMake >= $cmake_minimum, a C++20 compiler, make," \
      "the libraries CLI11, fmt, spdlog and nlohmann-json, and to test Catch2 >= $catch2_minimum and jq." \
      "Instead of installing the libraries: cmake --preset release -DBANKSIM_FETCH_DEPS=ON"
  fi

  mapfile -t packages < <(printf '%s\n' "$tools"; missing_library_packages "$purpose")
  packages=("${packages[@]}")
}
