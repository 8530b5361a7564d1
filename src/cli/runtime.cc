#include "cli/runtime.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/nodes.h"
#include "cli/process.h"
#include "cli/sim_state.h"
#include "http/message.h"
#include "registry/registry.h"
#include "sim/lifecycle.h"

namespace ccloud::cli {
namespace {

/// What a cloud's own tools read: with --sim none of it may reach a driver, only the simulator's.
constexpr std::array cloud_prefixes = {
    "AWS_",     "AZURE_",        "ARM_",      "GOOGLE_", "GCE_",          "CLOUDSDK_",
    "ALIBABA_", "ALIBABACLOUD_", "ALICLOUD_", "OS_",     "CCLOUD_AZURE_", "CCLOUD_ALIBABA_"};

bool is_of_a_cloud(const std::string& name) {
  for (const char* prefix : cloud_prefixes) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

std::string operator_name(const Program::Env& env) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {"unknown"};
  std::string user = env("USER").value_or("");
  if (user.empty()) {
    const passwd* entry = getpwuid(getuid());
    user = entry == nullptr ? std::to_string(getuid()) : entry->pw_name;
  }
  return fmt::format("{}@{}", user, host.data());
}

std::string Runtime::operator_name() const { return cli::operator_name(program_.env); }

Runtime::Runtime(Program& program) : program_(program), context_(loop_) {}

Runtime::~Runtime() {
  interrupts_.reset();  // its thread posts to the loop
  if (trace_ == nullptr) return;
  const bool has_failed = std::ferror(trace_) != 0;
  if (std::fclose(trace_) != 0 || has_failed) {
    program_.say(fmt::format("note: {} is not complete: it could not be written",
                             program_.common.trace_api));
  }
}

Result<std::unique_ptr<Runtime>> Runtime::open(Program& program) {
  std::unique_ptr<Runtime> runtime(new Runtime(program));
  if (auto ready = runtime->prepare(); !ready) return ready.error();
  return runtime;
}

Result<void> Runtime::prepare() {
  if (program_.common.is_sim) {
    if (auto found = use_simulator(); !found) return found;
  }
  if (program_.common.timeout) context_ = context_.with_timeout(*program_.common.timeout);
  run_id_ = deploy::new_run_id(loop_.wall_now());

  http::ClientOptions options;
  options.user_agent =
      fmt::format("ccloud/{} run/{} by/{}", CCLOUD_VERSION, run_id_, operator_name());
  options.loopback_only = is_simulated_;
  if (is_simulated_) options.ca_file = env("CCLOUD_SIM_CA").value_or("");
  if (!program_.common.trace_api.empty()) {
    // Bodies may hold what is private without being a secret: nobody else reads the file.
    const mode_t old = umask(0077);
    trace_ = std::fopen(program_.common.trace_api.c_str(), "we");
    umask(old);
    if (trace_ == nullptr) {
      return make_error(
          ErrorCode::invalid_argument,
          fmt::format("cannot write {}: {}", program_.common.trace_api, std::strerror(errno)));
    }
    options.on_exchange = [this](const http::Exchange& exchange) {
      const std::string text = http::render_trace(exchange);
      std::fwrite(text.data(), 1, text.size(), trace_);
      std::fflush(trace_);
    };
  }
  http_ = http::make_client(loop_, std::move(options));
  open_journal();
  interrupts_ = std::make_unique<Interrupts>([this] {
    loop_.post([this] {
      program_.say("stopping: nothing new is started; Ctrl-C once more leaves at once");
      context_.cancel(make_error(ErrorCode::cancelled, "interrupted",
                                 "what is done is safe; the same command later does the rest"));
    });
  });
  return {};
}

Result<void> Runtime::use_simulator() {
  auto variables = sim::environment(program_.common.sim_dir);
  if (!variables) return variables.error();
  is_simulated_ = true;
  sim_dir_ =
      program_.common.sim_dir.empty() ? sim::default_dir().string() : program_.common.sim_dir;
  for (const sim::Variable& variable : *variables) sim_env_[variable.name] = variable.value;
  return {};
}

std::optional<std::string> Runtime::env(const std::string& name) const {
  if (is_simulated_) {
    if (const auto it = sim_env_.find(name); it != sim_env_.end()) return it->second;
    if (is_of_a_cloud(name)) return std::nullopt;
  }
  return program_.env(name);
}

std::string Runtime::sim_state() const {
  const auto account = sim_env_.find("AWS_ACCESS_KEY_ID");
  return sim_state_dir(program_, sim_dir_, account == sim_env_.end() ? "" : account->second);
}

/// A run without a journal is possible: it only has no history, no lock and no cache.
void Runtime::open_journal() {
  const std::string home = program_.env("HOME").value_or("");
  const std::string path =
      is_simulated_ ? sim_state() + "/journal.db"
                    : journal::Journal::default_path(program_.env("XDG_STATE_HOME"), home);
  auto opened = journal::Journal::open(loop_, path);
  if (opened) {
    journal_ = std::move(*opened);
  } else {
    program_.say(fmt::format("note: no history is kept and nothing is locked: {}",
                             describe(opened.error())));
  }
}

cloud::Host Runtime::host() {
  cloud::Host host;
  host.loop = &loop_;
  host.http = http_.get();
  host.env = [this](const std::string& name) { return env(name); };
  host.read_file = [this](const std::string& path) {
    return read_file(path, program_.env("HOME").value_or(""));
  };
  host.run_command = [](Context ctx, std::vector<std::string> argv) {
    return run_command(ctx, std::move(argv));
  };
  return host;
}

deploy::Session Runtime::session(config::Config config, deploy::Options options,
                                 deploy::Listener listener,
                                 std::function<Task<bool>(Context, const plan::Plan&)> confirm) {
  if (is_simulated_) {
    for (config::Provider& provider : config.providers) {
      provider.credentials = {};
      provider.account.reset();
      provider.endpoint.reset();
      provider.cloud.reset();  // an entry of the user's own clouds.yaml, or another Azure
    }
  }
  options.concurrency = static_cast<std::size_t>(program_.common.concurrency);
  deploy::Tools tools;
  tools.loop = &loop_;
  tools.host = host();
  tools.make_provider = registry::make_provider;
  tools.catalog = &catalog::builtin();
  tools.journal = journal_.get();
  tools.listener = std::move(listener);
  tools.confirm = std::move(confirm);
  tools.run_id = run_id_;
  tools.operator_name = operator_name();
  tools.hooks = make_hooks(*this, config);
  return deploy::Session(std::move(tools), std::move(config), std::move(options));
}

}  // namespace ccloud::cli
