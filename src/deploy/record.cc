// From changes to journal entries.
#include "deploy/record.h"

#include <unistd.h>

#include "base/text.h"

namespace ccloud::deploy {

Recorder::Recorder(Session& session)
    : session_(session), journal_(session.tools().journal), pending_(session.loop()) {}

void Recorder::complain(const Error& error) {
  if (journal_ == nullptr) return;
  journal_ = nullptr;
  session_.note("the run is not recorded: " + error.message);
}

Task<void> Recorder::begin(Context ctx, std::string command) {
  Event event;
  event.kind = Event::Kind::run_started;
  event.message = command;
  session_.emit(std::move(event));
  if (journal_ == nullptr) co_return {};
  const auto& config = session_.config();
  journal::Run run;
  run.id = session_.tools().run_id;
  run.project = config.project.value;
  run.environment = config.environment;
  run.command = std::move(command);
  run.operator_name = session_.tools().operator_name;
  run.config_path = config.path.string();
  run.started = format_time(ctx.wall_now());
  run.pid = ::getpid();
  auto begun = co_await journal_->begin_run(ctx, std::move(run)).result();
  if (begun) {
    has_begun_ = true;
    co_return {};
  }
  if (begun.error().raw_code == "locked" || begun.error().code == ErrorCode::cancelled) {
    co_return std::move(begun.error());
  }
  complain(begun.error());
  co_return {};
}

Task<void> Recorder::write(Context ctx, std::vector<journal::Entry> entries) {
  if (journal_ == nullptr || !has_begun_) co_return {};
  auto done = co_await journal_->record(ctx, std::move(entries)).result();
  if (!done) complain(done.error());
  co_return {};
}

Task<void> Recorder::intend(Context ctx, const plan::Plan& plan,
                            std::vector<std::uint32_t> changes) {
  std::vector<journal::Entry> entries;
  for (const auto index : changes) {
    const auto& change = plan.changes[index];
    journal::Entry entry;
    entry.run = session_.tools().run_id;
    entry.address = change.address;
    entry.kind = std::string(plan::to_string(change.kind));
    entry.action = std::string(plan::to_string(change.action));
    entry.reason = std::string(plan::to_string(change.reason));
    entry.why = change.why;
    entry.provider = change.provider;
    entry.region = change.region;
    entries.push_back(std::move(entry));
  }
  co_return co_await write(ctx, std::move(entries)).result();
}

void Recorder::conclude(Context ctx, const ChangeResult& result) {
  journal::Entry entry;
  entry.run = session_.tools().run_id;
  entry.address = result.address;
  entry.kind = std::string(plan::to_string(result.kind));
  entry.action = std::string(plan::to_string(result.action));
  entry.reason = std::string(plan::to_string(result.reason));
  entry.why = result.why;
  entry.provider = result.provider;
  entry.region = result.region;
  entry.id = result.id;
  entry.seconds = result.seconds;
  switch (result.outcome) {
    case Outcome::done:
      entry.state = journal::State::done;
      break;
    case Outcome::failed:
      entry.state = journal::State::failed;
      break;
    case Outcome::skipped:
      entry.state = journal::State::skipped;
      entry.error = result.skipped_because;
      break;
  }
  if (result.error) {
    entry.error_code = std::string(to_string(result.error->code));
    entry.error = describe(*result.error);
  }
  std::vector<journal::Entry> entries;
  entries.push_back(std::move(entry));
  pending_.spawn(write(ctx, std::move(entries)));
}

Task<void> Recorder::remember(Context ctx, std::vector<journal::Deployed> places) {
  if (journal_ == nullptr || !has_begun_) co_return {};
  auto done =
      co_await journal_->remember_deployed(ctx, session_.config().project.value, std::move(places))
          .result();
  if (!done) complain(done.error());
  co_return {};
}

Task<void> Recorder::finish(Context ctx, std::string result) {
  co_await pending_.join();
  Event event;
  event.kind = Event::Kind::run_finished;
  event.message = result;
  session_.emit(std::move(event));
  if (journal_ == nullptr || !has_begun_) co_return {};
  auto done =
      co_await journal_->finish_run(ctx, session_.tools().run_id, std::move(result)).result();
  if (!done) complain(done.error());
  co_return {};
}

}  // namespace ccloud::deploy
