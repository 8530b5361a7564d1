// Which of doubles counts. Neutron has no tokens and no unique names, so what two machines make at
// once is doubled for a moment; all that see the doubles agree on one of them. Pure.
#pragma once

#include <compare>
#include <set>
#include <string>

#include "async/context.h"
#include "json/reader.h"

namespace ccloud::openstack {

/// The oldest one counts, of one second (Neutron tells no more) the one with the smallest id; of
/// an old Neutron, which does not tell when, the smallest id.
struct Candidate {
  std::string created;  ///< RFC 3339, in UTC
  std::string id;
  auto operator<=>(const Candidate&) const = default;
};
using Candidates = std::set<Candidate>;

Candidate read_candidate(json::Value item);
Candidates read_candidates(json::Value items);
bool has_candidate(const Candidates& candidates, const std::string& id);

/// How long it takes until lists must show everything that may count more than this one: what is
/// of the same second or before. `lag` is that second with the time until lists show what is new.
async::Duration open_for(const Candidate& first, async::WallTime now, async::Duration lag);

}  // namespace ccloud::openstack
