#include "cli/signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>

namespace banksim::cli {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGXCPU};

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalWatch::SignalWatch(const std::function<void(int)>& on_signal, bool asked) {
  const int wake = SIGRTMIN;  // from the destructor; from anybody else it means nothing
  sigset_t waited;
  sigemptyset(&waited);
  sigaddset(&waited, wake);
  sigaddset(&waited, SIGUSR1);
  for (const int signal : kEnding)
    if (!is_ignored(signal)) sigaddset(&waited, signal);
  pthread_sigmask(SIG_BLOCK, &waited, nullptr);
  thread_ = std::thread([this, waited, wake, on_signal, asked]() mutable {
    while (!over_) {
      int signal = 0;
      if (sigwait(&waited, &signal) != 0 || signal == wake) continue;
      if (signal == SIGUSR1) {
        on_signal(signal);
        continue;
      }
      if (asked) _exit(128 + signal);
      asked = true;
      on_signal(signal);
    }
  });
}

SignalWatch::~SignalWatch() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGRTMIN);
  thread_.join();
}

}  // namespace banksim::cli
