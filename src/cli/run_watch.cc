#include "cli/run_watch.h"

#include "cli/json_documents.h"

namespace ccloud::cli {

RunWatch::RunWatch(Program& program, async::Loop& loop)
    : program_(program),
      view_(
          LiveView::open(program, loop, [this](async::WallTime now, Size size, const Style& style) {
            return state_.picture(now, size, style);
          })) {}

void RunWatch::take(const deploy::Event& event) {
  if (program_.common.output == Output::jsonl) program_.io.out(event_line(event));
  if (program_.common.output == Output::jsonl && !view_) {
    program_.io.flush();  // a reader follows the run
    return;
  }
  if (view_) {
    state_.take(event);
    view_->changed();
    return;
  }
  if (program_.common.is_quiet) return;
  const std::string text = event_text(event, program_.io.err_style(), program_.common.is_verbose);
  if (!text.empty()) program_.io.err(printable(text) + "\n");
}

void RunWatch::pause() {
  if (view_) view_->pause();
}

}  // namespace ccloud::cli
