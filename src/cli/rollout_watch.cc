#include "cli/rollout_watch.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/view_rollout.h"

namespace ccloud::cli {
namespace {

using rollout::Event;

/// In a log each node's end is told; a live view counts them, and keeps what went wrong.
bool stays(const Event& event) {
  switch (event.kind) {
    case Event::Kind::settled:
      return !event.error.empty();
    case Event::Kind::baking:
    case Event::Kind::wave:
      return false;
    default:
      return true;
  }
}

Paint paint_of(const std::string& phase) {
  if (phase == "moved" || phase == "installed") return Paint::green;
  if (phase == "restored") return Paint::yellow;
  return phase == "failed" || phase == "stuck" ? Paint::red : Paint::none;
}

}  // namespace

void RolloutState::take(const Event& event) {
  if (started_ == async::WallTime{}) started_ = event.at;
  if (service_ != event.service) {
    service_ = event.service;
    flights_.clear();
    places_.clear();
    doing_.clear();
    baked_at_ = {};
    done_ = failed_ = total_ = 0;
  }
  if (event.total > 0) {
    done_ = event.done;
    failed_ = event.failed;
    total_ = event.total;
  }
  switch (event.kind) {
    case Event::Kind::wave:
      baked_at_ = {};
      doing_ = fmt::format("wave {} of {}: {}", event.wave, event.waves, event.message);
      break;
    case Event::Kind::step: {
      if (event.step == "done") break;  // a last note on a node that has settled
      auto& flight =
          flights_.try_emplace(event.node, Flight{event.place, "", event.at}).first->second;
      flight.step = event.step;
      places_[event.place][event.node] = "in flight";
      break;
    }
    case Event::Kind::settled:
      flights_.erase(event.node);
      places_[event.place][event.node] = event.outcome;
      break;
    case Event::Kind::baking:
      baked_at_ = event.at + event.took;
      break;
    case Event::Kind::back:
      baked_at_ = {};
      doing_ = event.message;
      break;
    case Event::Kind::finished:
      flights_.clear();
      break;
    case Event::Kind::waiting:  // told above the picture, once
    case Event::Kind::started:
    case Event::Kind::evidence:
    case Event::Kind::note:
      break;
  }
}

Share RolloutState::share() const {
  return {done_, failed_, static_cast<std::int64_t>(flights_.size()), total_};
}

std::string RolloutState::title(async::WallTime now, const Style& style) const {
  std::string out = style.bold(fmt::format("{} {}", command_, service_));
  out += "  " + clock_text(now - started_);
  if (total_ > 0) out += "  " + share_text(share(), style);
  return out;
}

std::vector<std::string> RolloutState::picture(async::WallTime now, Size size,
                                               const Style& style) const {
  if (service_.empty()) return {};
  std::vector<std::string> lines = {title(now, style)};
  const auto bar = share_bar(share(), std::min<std::size_t>(size.columns - 4, 60), style);
  if (!bar.empty()) lines.push_back(bar);
  std::string doing = printable(doing_);
  if (now < baked_at_) {
    doing += fmt::format("{}baking, {} to go, watching health", doing.empty() ? "" : "; ",
                         clock_text(baked_at_ - now));
  }
  if (!doing.empty()) lines.push_back("  " + style.dim(doing));
  for (const auto& [place, nodes] : places_) {
    std::map<std::string, std::int64_t> counts;
    for (const auto& [node, phase] : nodes) ++counts[phase];
    std::string text;
    for (const auto& [phase, count] : counts) {
      text += "  " + style.paint(paint_of(phase), fmt::format("{} {}", count, phase));
    }
    lines.push_back(fmt::format("  {}{}", pad(place, 24), text));
  }
  std::size_t shown = 0;
  const std::size_t room = size.rows > lines.size() + 4 ? size.rows - lines.size() - 4 : 1;
  for (const auto& [node, flight] : flights_) {
    if (++shown > std::min<std::size_t>(room, 10)) {
      lines.push_back(
          style.dim(fmt::format("  ... and {} more in flight", flights_.size() - shown + 1)));
      break;
    }
    lines.push_back(fmt::format("  ~ {} {} {}  {}", flight.step, node, style.dim(flight.place),
                                clock_text(now - flight.since)));
  }
  if (lines.size() > size.rows) lines.resize(size.rows);
  return lines;
}

RolloutWatch::RolloutWatch(Program& program, async::Loop& loop, std::string command)
    : program_(program),
      state_(std::move(command)),
      view_(
          LiveView::open(program, loop, [this](async::WallTime now, Size size, const Style& style) {
            return state_.picture(now, size, style);
          })) {}

void RolloutWatch::take(const Event& event) {
  if (program_.common.output == Output::jsonl) {
    program_.io.out(rollout_event_line(event));
    program_.io.flush();  // a reader follows the run
  }
  state_.take(event);
  if (view_) view_->changed();
  const bool is_wanted = !program_.common.is_quiet && program_.common.output != Output::jsonl;
  if (!is_wanted || (view_ && !stays(event) && !program_.common.is_verbose)) return;
  const auto text = rollout_event_text(event, program_.io.err_style(), program_.common.is_verbose);
  if (!text.empty()) tell(text);
}

void RolloutWatch::tell(std::string text) {
  if (view_) return view_->print_above(text);
  program_.io.err(text.ends_with('\n') ? text : text + "\n");
}

void RolloutWatch::pause() {
  if (view_) view_->pause();
}

}  // namespace ccloud::cli
