# Finds the few libraries banksim uses; fetches them only when asked to.
option(BANKSIM_FETCH_DEPS "Download missing libraries with FetchContent" OFF)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

set(banksim_missing "")
macro(banksim_dependency name target version package url tag)
  find_package(${name} ${version} QUIET)
  if(NOT TARGET ${target} AND BANKSIM_FETCH_DEPS)
    include(FetchContent)
    FetchContent_Declare(${name} GIT_REPOSITORY ${url} GIT_TAG ${tag} GIT_SHALLOW ON SYSTEM)
    FetchContent_MakeAvailable(${name})
  elseif(NOT TARGET ${target})
    list(APPEND banksim_missing "${name} >= ${version} (Debian and Ubuntu: ${package})")
  endif()
endmacro()

banksim_dependency(CLI11 CLI11::CLI11 2.1 libcli11-dev https://github.com/CLIUtils/CLI11 v2.3.2)
banksim_dependency(fmt fmt::fmt 9.0 libfmt-dev https://github.com/fmtlib/fmt 9.1.0)
banksim_dependency(spdlog spdlog::spdlog 1.10 libspdlog-dev https://github.com/gabime/spdlog v1.12.0)
banksim_dependency(nlohmann_json nlohmann_json::nlohmann_json 3.11 nlohmann-json3-dev https://github.com/nlohmann/json v3.11.2)
if(BANKSIM_BUILD_TESTS)
  banksim_dependency(Catch2 Catch2::Catch2WithMain 3.4 "catch2, libcatch2-dev" https://github.com/catchorg/Catch2 v3.7.1)
endif()

if(banksim_missing)
  list(JOIN banksim_missing "\n  " banksim_missing_text)
  message(FATAL_ERROR
    "banksim needs these libraries and did not find them:\n  ${banksim_missing_text}\n"
    "Any of these helps:\n"
    "  - cmake/bootstrap.sh deps          installs them on Debian and Ubuntu\n"
    "  - -DBANKSIM_FETCH_DEPS=ON          downloads and builds them\n"
    "  - -DCMAKE_PREFIX_PATH=<prefix>     if they are installed somewhere else\n"
    "  - -DBANKSIM_BUILD_TESTS=OFF        does without Catch2")
endif()
