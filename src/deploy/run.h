// The frame of a run that may change something: lock, record, gather results, find the exit code.
#pragma once

#include "deploy/record.h"
#include "deploy/results.h"
#include "deploy/session.h"

namespace ccloud::deploy {

class Run {
 public:
  Run(Session& session, std::string command);

  /// Takes the lock, runs `body`, records the end. The body may end early with an error: it then
  /// is the run's.
  Task<RunResult> whole(Context ctx, Task<void> body);

  Session& session() { return session_; }
  Recorder& recorder() { return recorder_; }
  RunResult& result() { return result_; }

  void add(std::vector<ChangeResult> changes);
  void add(ChangeResult change);
  void add_errors(const std::vector<Error>& errors);
  void has_answer(bool answered) { has_answer_ = answered; }
  void refuse(const std::vector<plan::Refusal>& refusals);
  void refuse_stale();
  /// Asks, where there is somebody to ask. False: the user said no.
  Task<bool> confirm(Context ctx, plan::Plan plan);

 private:
  void conclude(Context ctx);

  Session& session_;
  Recorder recorder_;
  RunResult result_;
  bool has_answer_ = false;
  bool is_refused_ = false;
  bool is_declined_ = false;
  bool has_usage_error_ = false;
};

}  // namespace ccloud::deploy
