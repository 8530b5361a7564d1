// The presets of `--latency`.
#include "sim/latency.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "json/reader.h"
#include "sim/private_file.h"

namespace ccloud::sim {
namespace {

using Member = std::pair<std::string_view, Latency::Range Latency::*>;
constexpr std::array members = {
    Member{"read", &Latency::read},           Member{"write", &Latency::write},
    Member{"boot", &Latency::boot},           Member{"stop", &Latency::stop},
    Member{"terminate", &Latency::terminate}, Member{"lag", &Latency::lag},
};

Error bad(const std::string& path, std::string_view what) {
  return make_error(ErrorCode::invalid_argument, fmt::format("latency file {}: {}", path, what));
}

}  // namespace

Result<Latency> parse_latency(const std::string& text) {
  if (text == "none") return Latency{};
  if (text == "typical") return Latency::typical();
  const auto content = read_file(text);
  if (!content) return bad(text, "cannot be read; it is none, typical or a file");
  const auto document = json::parse(*content);
  if (!document || !document->root().is_object()) return bad(text, "not a JSON object");
  Latency latency;
  for (const auto& [key, value] : document->root().members()) {
    const auto* member = std::ranges::find(members, key, &Member::first);
    if (member == members.end()) return bad(text, fmt::format("unknown key \"{}\"", key));
    const auto low = value.at(0).as_double();
    const auto high = value.at(1).as_double();
    if (value.size() != 2 || !low || !high || *low < 0 || *high < *low) {
      return bad(text, fmt::format("\"{}\" must be [low, high] in seconds", key));
    }
    const auto to_time = [](double seconds) {
      return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    };
    latency.*(member->second) = {to_time(*low), to_time(*high)};
  }
  return latency;
}

Latency Latency::typical() {
  using std::chrono::milliseconds;
  return {
      .read = {milliseconds(80), milliseconds(400)},
      .write = {milliseconds(150), milliseconds(900)},
      .boot = {milliseconds(10'000), milliseconds(60'000)},
      .stop = {milliseconds(8'000), milliseconds(40'000)},
      .terminate = {milliseconds(8'000), milliseconds(45'000)},
      .lag = {milliseconds(200), milliseconds(4'000)},
  };
}

}  // namespace ccloud::sim
