#include "isolate/child.hpp"

#include "run/platform.hpp"

#include <banksim/simulate.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr nanoseconds kTick = 100ms;
constexpr nanoseconds kGrace = 2500ms;  // the child itself gives up after 2 s
constexpr nanoseconds kAwake = 1s;      // beats no longer ago
constexpr nanoseconds kMostLate = 10s;
constexpr nanoseconds kSameWish = 500ms;  // as of timeout, which signals a process and its group
constexpr long kCloseRange = 436;
constexpr std::array kDeadly = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// As a signal does that is not taken: it stops nobody whom no shell can wake.
void stop_by(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &one, nullptr);
}

[[noreturn]] void fail(const char* what) {
  throw SimulationError(std::string("there can be no child process: ") + what + ": " +
                        std::generic_category().message(errno));
}

// --- The child's side ---

Mailbox* own_mailbox = nullptr;  // of the process that is the child

// Notes who was at work, and lets the signal do what it would have done.
void note_death(int signal, siginfo_t* info, void*) {
  own_mailbox->body.note_fault(info->si_addr);
  const ThreadContext& self = this_worker;
  if (self.self != kOutsider) {
    own_mailbox->dying_thread = index(self.self);
    if (self.record != nullptr) {
      own_mailbox->dying_transfer = self.record->attempted.load();
      own_mailbox->dying_in_audit = self.record->auditing.load();
    }
  }
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

// Signals to anybody outside are refused, where the system can do that.
void shut_in() {
  constexpr long kCreateRuleset = 444, kRestrictSelf = 446;
  struct {
    std::uint64_t files = 0, network = 0, scoped = 2;  // signals
  } ruleset;
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const long descriptor = ::syscall(kCreateRuleset, &ruleset, sizeof ruleset, 0);
  if (descriptor < 0) return;  // an older system
  ::syscall(kRestrictSelf, descriptor, 0);
  ::close(static_cast<int>(descriptor));
}

nanoseconds cpu_time_of(::pid_t process) {
  ::clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds{used.tv_sec} + nanoseconds{used.tv_nsec};
}

void settle_in(::pid_t parent, int output, const sigset_t& signals_before) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before that
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  std::ofstream("/proc/self/oom_score_adj") << "1000";
  ::syscall(kCloseRange, STDERR_FILENO + 1, ~0U, 0);  // the files that the parent writes
  yield_priority();
  shut_in();
  struct sigaction action {};
  action.sa_sigaction = note_death;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  for (const int signal : kDeadly) ::sigaction(signal, &action, nullptr);
  for (const int signal : kEndingSignals)
    if (!is_ignored(signal)) std::signal(signal, SIG_DFL);
  // A limit of CPU time that a process has holds for its child by itself, and is the parent's to tell of.
  if (!is_ignored(SIGXCPU)) std::signal(SIGXCPU, [](int) { own_mailbox->over_cpu_time = true; });
  take_signal_stack();
  ::pthread_sigmask(SIG_SETMASK, &signals_before, nullptr);
}

}  // namespace

void take_signal_stack() {
  stack_t present{};
  // A sanitizer has one of its own, and takes it back itself.
  if (::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) == 0) return;
  constexpr std::size_t kBytes = 16384;
  // Never freed: the thread may die on it.
  static thread_local char* const stack = new (std::nothrow) char[kBytes];
  if (stack == nullptr) return;
  stack_t description{};
  description.ss_sp = stack;
  description.ss_size = kBytes;
  ::sigaltstack(&description, nullptr);
}

// --- The parent's side ---

// One child, and what the parent knows of it.
class Isolation::Child {
 public:
  Child(const std::function<void(Mailbox&)>& work, const sigset_t& signals_before);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Looks whether it has ended, was stopped or goes on. True while it lives.
  bool look();
  void read_output();
  // Also where it left its group.
  void kill(int signal) const {
    ::kill(-process_, signal);
    if (lives_) ::kill(process_, signal);
  }
  void sweep();

  Mailbox& box() const { return *box_; }
  int output() const { return output_; }
  bool is_stopped() const { return stopped_at_.has_value(); }
  nanoseconds stopped_for() const {
    return stopped_ + (stopped_at_ ? Clock::now() - *stopped_at_ : Clock::duration{});
  }
  nanoseconds stopped_alone() const { return stopped_alone_; }  // while this process ran
  // How long both it and this process could run, to a tick; to be asked at each.
  nanoseconds age();
  // Whether it beat or came to an operation since it was last asked, had so much of a processor since then; sleeps.
  bool has_beaten();
  bool has_worked(nanoseconds much) const { return cpu_time_of(process_) - worked_before_ >= much; }
  bool sleeps() const {
    return value_in("/proc/" + std::to_string(process_) + "/status", "State").starts_with('S');
  }

  ChildEnd end;

 private:
  static Mailbox* map() {
    void* const memory = ::mmap(nullptr, Mailbox::kBytes, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    return new (memory) Mailbox;
  }

  struct Unmap {
    void operator()(Mailbox* box) const { ::munmap(box, Mailbox::kBytes); }
  };
  std::unique_ptr<Mailbox, Unmap> box_{map()};
  int output_ = -1;
  ::pid_t process_ = -1;
  bool lives_ = true;
  std::optional<Clock::time_point> stopped_at_;
  Clock::duration stopped_{};
  Clock::time_point looked_at_ = Clock::now();
  nanoseconds stopped_before_{0};
  nanoseconds stopped_alone_{0};
  nanoseconds age_{0};
  std::uint64_t beats_ = 0;
  nanoseconds worked_before_{0};
};

Isolation::Child::Child(const std::function<void(Mailbox&)>& work, const sigset_t& signals_before) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe");
  output_ = pipe[0];
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  const ::pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) {
    const int why = errno;
    for (const int of_pipe : pipe) ::close(of_pipe);
    errno = why;
    fail("fork");
  }
  if (process_ == 0) {
    own_mailbox = box_.get();
    settle_in(parent, pipe[1], signals_before);
    work(*box_);
    ::_exit(0);
  }
  ::setpgid(process_, process_);  // whoever of the two is first
  ::close(pipe[1]);
}

Isolation::Child::~Child() {
  if (lives_) {
    kill(SIGKILL);
    ::waitpid(process_, nullptr, __WALL);
  }
  if (output_ >= 0) ::close(output_);
}

bool Isolation::Child::look() {
  siginfo_t info{};
  std::optional<OrdinaryPriority> ordinary;
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 && info.si_pid != 0)
    ordinary.emplace();
  info = {};
  // Of all that this process has to wait for: a thread that is traced would keep the child from being dead.
  while (lives_ && ::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | __WALL) == 0 &&
         info.si_pid != 0) {
    if (info.si_pid != process_) {
    } else if (info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED) {
      if (!stopped_at_ && info.si_code == CLD_STOPPED) stopped_at_ = Clock::now();
    } else if (info.si_code == CLD_CONTINUED) {
      if (stopped_at_) stopped_ += Clock::now() - *stopped_at_;
      stopped_at_.reset();
    } else {
      lives_ = false;
      (info.si_code == CLD_EXITED ? end.status : end.signal) = info.si_status;
    }
    info = {};
  }
  return lives_;
}

nanoseconds Isolation::Child::age() {
  const auto now = Clock::now();
  const nanoseconds stopped = stopped_for();
  nanoseconds gap = now - looked_at_;
  if (gap > 3 * kTick) gap = kTick;  // this process did not run
  if (is_stopped()) stopped_alone_ += gap;
  age_ += std::max(nanoseconds{0}, gap - (stopped - stopped_before_));
  looked_at_ = now;
  stopped_before_ = stopped;
  return age_;
}

bool Isolation::Child::has_beaten() {
  const std::uint64_t beats = box_->beats + box_->body.moves;
  if (std::exchange(beats_, beats) == beats) return false;
  worked_before_ = cpu_time_of(process_);
  return true;
}

// What it printed. A pipe that it filled would stop it: what is too much to show is still read. Not without end, for it
// may print as fast as this reads.
void Isolation::Child::read_output() {
  std::array<char, 4096> bytes;
  for (int reads = 0; reads < 16; ++reads) {
    const ::ssize_t count = ::read(output_, bytes.data(), bytes.size());
    if (count == 0) {  // it has closed it: to poll that would be to spin
      ::close(output_);
      output_ = -1;
    }
    if (count <= 0) return;
    const auto size = static_cast<std::uint64_t>(count);
    const std::uint64_t shown = std::min(size, kMostShown - std::min(kMostShown, end.printed_bytes));
    end.printed_bytes += size;
    if (shown > 0) [[maybe_unused]]
      const auto written = ::write(STDERR_FILENO, bytes.data(), shown);
  }
}

// What it forked came to this process when it died. Nobody is left, or whoever is left cannot be killed.
void Isolation::Child::sweep() {
  kill(SIGKILL);
  const OrdinaryPriority ordinary;
  for (const auto until = Clock::now() + 1s; Clock::now() < until; std::this_thread::sleep_for(1ms)) {
    std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    bool any = false;
    for (::pid_t child = 0; children >> child; any = true) ::kill(child, SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
    if (!any) return;
  }
}

Isolation::Isolation() {
  sigset_t taken = ending_signals();
  for (const int signal : {SIGCHLD, SIGTSTP, SIGCONT, SIGUSR1})
    if (!is_ignored(signal) || signal == SIGCHLD) sigaddset(&taken, signal);
  ::pthread_sigmask(SIG_BLOCK, &taken, &before_);
  descriptor_ = ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) fail("signals");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Isolation::~Isolation() {
  signalfd_siginfo late;
  while (::read(descriptor_, &late, sizeof late) == sizeof late) {
  }
  ::close(descriptor_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void Isolation::take_signals(Child& child) {
  signalfd_siginfo info;
  while (::read(descriptor_, &info, sizeof info) == sizeof info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGUSR1) {
      looked_for_ = true;
    } else if (signal == SIGTSTP) {
      child.kill(SIGSTOP);
      stop_by(signal);
      child.kill(SIGCONT);
    } else if (signal == SIGCONT) {
      child.kill(SIGCONT);
    } else if (signal != SIGCHLD) {
      if (signal_ == 0) signalled_at_ = Clock::now();
      if (signal_ == 0) signal_ = signal;
      // A second wish: at the next look. A limit of CPU time signals again each second.
      if (Clock::now() - signalled_at_ >= kSameWish && signal != SIGXCPU) child.end.killed = true;
      child.box().cancel = true;
      child.box().signal = signal_;
      child.kill(SIGCONT);
    }
  }
}

ChildEnd Isolation::run(const std::function<void(Mailbox&)>& work, const Limits& limits) {
  const std::uint64_t oom_kills = control_groups().oom_kills();
  Child child(work, before_);
  std::optional<nanoseconds> asked_at;
  nanoseconds heard_at{0}, looked_at{0}, asleep{0};
  take_signals(child);
  child.box().cancel = signal_ != 0;  // also by one that came when the run before this had ended already
  child.box().signal = signal_;
  while (child.look()) {
    std::array<pollfd, 2> events{{{descriptor_, POLLIN, 0}, {child.output(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), static_cast<int>(kTick / 1ms));
    child.read_output();
    if (child.box().over_cpu_time.exchange(false)) ::kill(::getpid(), SIGXCPU);
    take_signals(child);
    if (!child.look()) break;
    if (limits.on_tick) limits.on_tick(child.box());
    const nanoseconds age = child.age();
    if (child.has_beaten()) heard_at = age;
    if (signal_ != 0 && !asked_at) asked_at = age;
    const nanoseconds until = asked_at ? std::min(limits.most, *asked_at + kGrace) : limits.most;
    // Its own watch is at work, and late.
    const bool is_late = age - heard_at < kAwake && age < until + kMostLate;
    const bool in_body = limits.most_silent < nanoseconds::max() && child.box().body.runs();
    const bool sleeps = in_body && child.sleeps();
    asleep = std::max(nanoseconds{0}, asleep + (sleeps ? age - looked_at : looked_at - age));
    looked_at = age;
    const bool is_silent =
        in_body &&
        (asleep / 2 >= limits.most_silent ||
         (age - heard_at >= limits.most_silent && (sleeps || child.has_worked(limits.most_silent / 3))));
    // A child that stopped itself would otherwise be waited for in all eternity.
    const bool must_go = child.end.killed || child.stopped_alone() > std::max<nanoseconds>(limits.most, 20s);
    const bool may_live = (!is_silent && (age < until || is_late)) || child.is_stopped();
    const bool is_safe = limits.is_safe && age - heard_at < kMostLate && limits.is_safe(child.box());
    if (!must_go && (may_live || is_safe)) continue;
    child.end.killed = true;
    child.kill(SIGKILL);
  }
  child.sweep();
  child.read_output();
  const bool died_of_kill = child.end.signal == SIGKILL && !child.end.killed;
  child.end.out_of_memory = died_of_kill && control_groups().oom_kills() > oom_kills;
  child.end.left = child.box().left();
  if (child.box().body.runs()) child.end.where = child.box().body.where();
  child.end.left_its_stack = child.box().body.left_its_stack;
  if (const Mailbox& box = child.box(); box.dying_thread != Mailbox::kUnknown) {
    child.end.thread = box.dying_thread;
    if (!box.dying_in_audit) child.end.transfer = box.dying_transfer;
  }
  return child.end;
}

}  // namespace banksim
