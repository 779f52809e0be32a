// banksim: its commands, and what happens in order. What each step does is in the file it comes from.
#include "cli/cli.hpp"
#include "cli/output.hpp"
#include "record/exit_code.hpp"

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

int main(int argc, char** argv) {
  using namespace banksim::cli;
  const auto fail = [](const char* why) {
    print_error(why);
    return static_cast<int>(banksim::ExitCode::failed);
  };
  secure_standard_streams();
  try {
    return execute(Words(argv, argv + argc),
                   {declare_run, declare_compare, declare_explore, declare_check, declare_strategies,
                    declare_new, declare_completion, declare_help});
  } catch (const std::bad_alloc&) {
    return fail("out of memory");
  } catch (const std::length_error&) {
    return fail("out of memory");
  } catch (const std::system_error& error) {  // what the rest names itself
    return fail(("a thread cannot be started: " + error.code().message()).c_str());
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
