// Two providers of a config may be one account: what both show is then one thing, not two.
#pragma once

#include "config/model.h"
#include "plan/observed.h"

namespace ccloud::plan {

/// Leaves what several providers of one account show with the one that the config wants it from,
/// and what no place wants with the first. One account: the same login, or a node that both show.
/// Without this a second name for an account would make all of the first one's nodes strays.
void settle_shared(Observed& observed, const config::Config& config);

}  // namespace ccloud::plan
