// What a node remembers of its services, and how it is read back. The record is written by the
// driver and only ever read by drivers; the node checks nothing of it but the owner's line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::rollout {

/// `/var/lib/ccloud/SERVICE/record.json`: the last rollout that touched this node's service.
struct Record {
  std::string service{};
  std::string node{};
  std::string rollout{};  ///< its run id
  std::string command{};  ///< "update", "install", "undo"
  std::int64_t epoch = 0;
  std::string by{};    ///< "anna@laptop"
  std::string at{};    ///< RFC 3339: when this record was written
  std::string from{};  ///< the release before; empty: none
  std::string to{};    ///< the release wanted
  std::string from_version{};
  std::string to_version{};
  std::string phase{};   ///< as to_string(Phase)
  std::string step{};    ///< "drain", "ship", "start" ...; where it is or failed
  std::string error{};   ///< why it failed
  std::string ending{};  ///< of the whole rollout, on every node; empty while it runs
  std::string held{};    ///< a version that failed and is not to be brought back by itself
  bool has_failed = false;
  bool was_healthy = true;  ///< before this rollout
};

std::string encode_record(const Record& record);
std::optional<Record> decode_record(std::string_view json);

/// A node's answer to script::read_facts.
struct Facts {
  std::int64_t epoch = 0;
  std::string owner{};        ///< rollout id
  std::string current{};      ///< release folder; empty: the node lacks the service
  std::string version{};      ///< of that release
  std::string fingerprint{};  ///< likewise
  std::string health{};       ///< JSON, likewise
  std::string user{};
  std::string steps{};  ///< JSON, those that put this release there; empty where not known
  std::vector<std::string> releases{};
  std::string state{};  ///< "active running", "inactive", "failed failed" ...
  bool has_systemd = false;
  std::optional<Record> record{};

  bool is_active() const { return state.starts_with("active"); }
};
Result<Facts> parse_facts(std::string_view text);

}  // namespace ccloud::rollout
