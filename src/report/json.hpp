// The parts of the JSON of a run that other documents are made of too.
#pragma once

#include <banksim/simulate.hpp>

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace banksim {

using Json = nlohmann::ordered_json;

Json number(double value);  // null where it is not finite
Json config_json(const Config& config);
Json host_json(const Host& host);
Json warnings_json(std::span<const Warning> warnings);

// All of a run: what run_json() writes.
Json run_object(const RunResult& result, std::span<const std::string> command, int exit_code);

std::string document(const Json& json);

}  // namespace banksim
