// What a run writes into the journal: intents before, outcomes after. A journal that cannot be
// written is told once and then done without: no resource depends on it.
#pragma once

#include <string>
#include <vector>

#include "async/group.h"
#include "deploy/results.h"
#include "deploy/session.h"

namespace ccloud::deploy {

class Recorder {
 public:
  explicit Recorder(Session& session);

  /// Takes the project's lock; the only failure that counts (raw_code "locked").
  Task<void> begin(Context ctx, std::string command);
  /// Ends when the intents are on the disk.
  Task<void> intend(Context ctx, const plan::Plan& plan, std::vector<std::uint32_t> changes);
  void conclude(Context ctx, const ChangeResult& result);
  Task<void> remember(Context ctx, std::vector<journal::Deployed> places);
  Task<void> finish(Context ctx, std::string result);

 private:
  Task<void> write(Context ctx, std::vector<journal::Entry> entries);
  void complain(const Error& error);

  Session& session_;
  journal::Journal* journal_;
  async::Group pending_;
  bool has_begun_ = false;
};

}  // namespace ccloud::deploy
