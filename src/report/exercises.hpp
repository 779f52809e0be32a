// Strategies to start from: one that is right, and exercises with a fault to mend. As texts, which the tests compile.
#pragma once

#include <span>
#include <string>

namespace banksim {

struct Exercise {
  const char* title;
  const char* task;                     // lines of a comment, in the file
  const char* teacher;                  // what to hand in, and what `check` says of the usual wrong answers
  const char* members;                  // of the strategy
  bool deadlock_free, conserves_money;  // as it claims
};
std::span<const Exercise> exercises();  // numbered from 1

// A whole file that compiles as it is: the commented strategy, or an exercise.
std::string new_strategy(const std::string& name, const Exercise* exercise = nullptr);

// For a teacher.
std::string exercises_text();

}  // namespace banksim
