// banksim: its commands, and what happens in order. What each step does is in the file it comes from.
#include "cli/cli.hpp"
#include "cli/output.hpp"

#include <exception>
#include <new>
#include <stdexcept>

int main(int argc, char** argv) {
  using namespace banksim::cli;
  secure_standard_streams();
  try {
    return execute(Words(argv, argv + argc), {declare_run, declare_compare, declare_explore,
                                              declare_strategies, declare_completion, declare_help});
  } catch (const banksim::ConfigError& error) {
    return usage_error(error.what());
  } catch (const std::bad_alloc&) {
    return failure("out of memory");
  } catch (const std::length_error&) {
    return failure("out of memory");
  } catch (const std::exception& error) {
    return failure(error.what());
  }
}
