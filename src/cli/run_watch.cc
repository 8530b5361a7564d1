#include "cli/run_watch.h"

#include "cli/json_documents.h"

namespace ccloud::cli {
namespace {

constexpr std::chrono::milliseconds frame{100};

}  // namespace

RunWatch::RunWatch(Program& program, async::Loop& loop) : program_(program), loop_(loop) {
  const bool is_live = program.io.is_err_terminal() && !program.common.is_quiet &&
                       program.env("TERM").value_or("") != "dumb";
  if (is_live) area_ = std::make_unique<LiveArea>(program.io);
}

RunWatch::~RunWatch() { pause(); }

void RunWatch::take(const deploy::Event& event) {
  if (program_.common.output == Output::jsonl) program_.io.out(event_line(event));
  if (program_.common.output == Output::jsonl && !area_) {
    program_.io.flush();  // a reader follows the run
    return;
  }
  if (area_) {
    state_.take(event);
    schedule();
    return;
  }
  if (program_.common.is_quiet) return;
  const std::string text = event_text(event, program_.io.err_style(), program_.common.is_verbose);
  if (!text.empty()) program_.io.err(printable(text) + "\n");
}

/// Ten pictures a second at most, and at least one a second for the clock.
void RunWatch::schedule() {
  if (is_scheduled_) return;
  is_scheduled_ = true;
  timer_ = loop_.at(loop_.now() + frame, [this] { draw(); });
}

void RunWatch::draw() {
  is_scheduled_ = false;
  area_->draw(state_.picture(loop_.wall_now(), program_.io.err_size(), program_.io.err_style()));
  schedule();
}

void RunWatch::pause() {
  if (!area_) return;
  if (is_scheduled_) loop_.cancel(timer_);
  is_scheduled_ = false;
  area_->clear();
}

}  // namespace ccloud::cli
