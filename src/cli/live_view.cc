#include "cli/live_view.h"

#include <algorithm>

#include <fmt/format.h>

namespace ccloud::cli {
namespace {

constexpr std::chrono::milliseconds frame{100};

std::string repeated(std::string_view what, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += what;
  return out;
}

}  // namespace

std::unique_ptr<LiveView> LiveView::open(Program& program, async::Loop& loop, Picture picture) {
  // A stream of events on the same screen would be written over.
  const bool is_stream = program.common.output == Output::jsonl && program.io.is_out_terminal();
  const bool is_live = program.io.is_err_terminal() && !program.common.is_quiet && !is_stream &&
                       program.env("TERM").value_or("") != "dumb";
  if (!is_live) return nullptr;
  return std::unique_ptr<LiveView>(new LiveView(program, loop, std::move(picture)));
}

LiveView::LiveView(Program& program, async::Loop& loop, Picture picture)
    : program_(program), loop_(loop), picture_(std::move(picture)), area_(program.io) {
  program_.above_live_view = [this](std::string_view line) { print_above(line); };
}

LiveView::~LiveView() {
  pause();
  program_.above_live_view = nullptr;
}

void LiveView::changed() {
  if (is_scheduled_) return;
  is_scheduled_ = true;
  timer_ = loop_.at(loop_.now() + frame, [this] { draw(); });
}

void LiveView::draw() {
  is_scheduled_ = false;
  area_.draw(picture_(loop_.wall_now(), program_.io.err_size(), program_.io.err_style()));
  changed();
}

void LiveView::print_above(std::string_view text) {
  area_.print_above(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text);
}

void LiveView::pause() {
  if (is_scheduled_) loop_.cancel(timer_);
  is_scheduled_ = false;
  area_.clear();
}

std::string share_bar(const Share& share, std::size_t width, const Style& style) {
  if (share.total <= 0 || width < 10) return {};
  const auto part = [&](std::int64_t count) {
    const auto whole = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
    return std::min(width, whole * width / static_cast<std::size_t>(share.total));
  };
  const std::size_t done = part(share.done);
  const std::size_t failed = std::min(width - done, part(share.failed));
  const std::size_t busy = std::min(width - done - failed, part(share.in_flight));
  return "  " + style.green(repeated("█", done)) + style.red(repeated("█", failed)) +
         style.cyan(repeated("▒", busy)) + style.dim(repeated("░", width - done - failed - busy));
}

std::string share_text(const Share& share, const Style& style) {
  std::string out = fmt::format("{} of {} done", share.done, share.total);
  if (share.in_flight > 0) out += fmt::format(", {} in flight", share.in_flight);
  if (share.failed > 0) out += ", " + style.red(fmt::format("{} failed", share.failed));
  return out;
}

std::string clock_text(async::Duration duration) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (whole < 60) return fmt::format("{}s", std::max<std::int64_t>(whole, 0));
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

}  // namespace ccloud::cli
