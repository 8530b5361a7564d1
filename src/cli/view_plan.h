// A plan for people: what will happen, where, and why; like things together.
#pragma once

#include <string>

#include "cli/style.h"
#include "plan/plan.h"

namespace ccloud::cli {

struct PlanView {
  Style style;
  std::size_t width = 100;
  bool shows_all = false;  ///< -v: every row, reasons that are plain, and what is kept
};

std::string render_plan(const plan::Plan& plan, const PlanView& view);
/// "3 to create, 1 to update, 12 unchanged"
std::string plan_summary(const plan::Plan& plan, const Style& style);
/// "+" create, "~" update, "±" replace, "-" destroy, painted.
std::string action_symbol(plan::Action action, const Style& style);
Paint action_paint(plan::Action action);

}  // namespace ccloud::cli
