// What a command that talks to clouds or nodes needs: the loop, the HTTP client, the journal, the
// drivers, and a context that ends on Ctrl-C and --timeout. Made only by such commands.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "async/context.h"
#include "cli/interrupts.h"
#include "cli/program.h"
#include "cli/run_watch.h"
#include "config/model.h"
#include "deploy/session.h"
#include "http/client.h"
#include "journal/journal.h"

namespace ccloud::cli {

class Runtime {
 public:
  /// Fails when --sim is given and no simulator runs, or --trace-api cannot be written.
  static Result<std::unique_ptr<Runtime>> open(Program& program);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  async::Loop& loop() { return loop_; }
  /// Ends with `cancelled` on Ctrl-C, with `timed_out` after --timeout.
  const Context& context() const { return context_; }
  http::Client& http() { return *http_; }
  /// The variables of the process; with --sim the simulator's instead of any cloud's.
  std::optional<std::string> env(const std::string& name) const;
  /// True with --sim: only loopback and the simulator's own nodes may be spoken to.
  bool is_simulated() const { return is_simulated_; }
  /// Of the simulator with --sim: history, locks, host keys.
  std::string sim_state() const;
  const std::string& run_id() const { return run_id_; }
  std::string operator_name() const;
  /// Null where it cannot be written.
  journal::Journal* journal() { return journal_.get(); }

  /// The runbooks' session. With --sim the config's own credentials, accounts and endpoints are
  /// left aside.
  deploy::Session session(config::Config config, deploy::Options options,
                          deploy::Listener listener = {},
                          std::function<Task<bool>(Context, const plan::Plan&)> confirm = {});

 private:
  explicit Runtime(Program& program);
  Result<void> prepare();
  Result<void> use_simulator();
  void open_journal();
  cloud::Host host();

  Program& program_;
  async::Loop loop_;
  Context context_;
  bool is_simulated_ = false;
  std::map<std::string, std::string> sim_env_;
  std::string sim_dir_;
  std::string run_id_;
  std::FILE* trace_ = nullptr;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Interrupts> interrupts_;
};

/// "anna@laptop", for the journal and the User-Agent.
std::string operator_name(const Program::Env& env);

}  // namespace ccloud::cli
