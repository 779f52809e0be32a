#include "cli/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace banksim::cli {
namespace {

std::shared_ptr<spdlog::logger> logger;  // not spdlog's default one, which writes to stdout

}  // namespace

void enable_log(int verbosity) {
  if (verbosity < 1) return;
  logger = std::make_shared<spdlog::logger>("banksim", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%n: %T.%e %v");
  logger->set_level(verbosity > 1 ? spdlog::level::debug : spdlog::level::info);
  logger->flush_on(spdlog::level::debug);
}

void log(std::string_view line) {
  if (logger) logger->info("{}", line);
}

void log_step(std::string_view line) {
  if (logger) logger->debug("{}", line);
}

}  // namespace banksim::cli
