// The options that every command understands, before or after the command's name.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace ccloud::cli {

enum class Output { table, wide, json, jsonl, name };
std::string_view to_string(Output output);
std::optional<Output> parse_output(std::string_view name);

enum class Color { automatic, always, never };

struct Common {
  std::string file = "ccloud.json";
  bool has_file = false;  ///< -f was given
  std::string environment;
  Output output = Output::table;
  bool is_yes = false;
  bool is_no_input = false;
  std::optional<std::chrono::milliseconds> timeout;
  std::int64_t concurrency = 0;  ///< 0: each provider's own
  bool is_quiet = false;
  bool is_verbose = false;
  Color color = Color::automatic;
  std::string trace_api;
  bool is_sim = false;
  std::string sim_dir;  ///< empty: the simulator's default directory

  /// `-o json` or `jsonl`: stdout belongs to a program.
  bool is_for_programs() const { return output == Output::json || output == Output::jsonl; }
};

}  // namespace ccloud::cli
