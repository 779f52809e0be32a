#include "cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace banksim::cli {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};
constexpr int kWake = SIGUSR1;  // from the destructor; from anybody else it means nothing

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalWatch::SignalWatch(std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
  sigemptyset(&waited_);
  sigaddset(&waited_, kWake);
  for (const int signal : kEnding)
    if (!is_ignored(signal)) sigaddset(&waited_, signal);
  pthread_sigmask(SIG_BLOCK, &waited_, nullptr);
  thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
  over_ = true;
  pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
}

void SignalWatch::watch() const {
  bool asked = false;
  while (!over_) {
    int signal = 0;
    if (sigwait(&waited_, &signal) != 0 || signal == kWake) continue;
    if (asked) _exit(128 + signal);
    asked = true;
    on_signal_(signal);
  }
}

}  // namespace banksim::cli
