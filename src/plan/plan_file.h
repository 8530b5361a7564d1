// A plan as JSON (`ccloud.plan/1`): for `-o json` and for `--out FILE`. A file read back is for
// showing and for comparing fingerprints; deploy makes the plan anew and carries out its own, which
// is the same one exactly when the fingerprints are equal.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/plan.h"

namespace ccloud::plan {

/// The whole document, pretty. Keeps are counted, and listed only when asked for.
std::string to_json(const Plan& plan, bool with_keeps = true);

/// Everything of the document; `work` and `births` stay empty. invalid_argument for anything that
/// is not a plan.
Result<Plan> from_json(std::string_view text);

}  // namespace ccloud::plan
