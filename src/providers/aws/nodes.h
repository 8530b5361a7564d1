// Nodes: creating them in batches along a chain of tokens (design 4.1, 4.2), changing, powering and
// terminating them.
#pragma once

#include "providers/aws/api.h"
#include "providers/aws/read.h"

namespace ccloud::aws {

Task<std::vector<cloud::Created>> create_nodes(Context ctx, Api& api, cloud::NodeBatch batch);
/// The body of one RunInstances call: a pure function of what is asked for, no times, no run ids.
Form run_instances_form(const cloud::NodeBatch& batch, const std::vector<std::string>& names,
                        const std::string& token);

Task<void> update_node(Context ctx, Api& api, cloud::NodeUpdate update);
Task<std::vector<cloud::NodeOutcome>> power(Context ctx, Api& api,
                                            std::vector<cloud::NodeRef> nodes,
                                            cloud::PowerAction action);
Task<std::vector<cloud::NodeOutcome>> delete_nodes(Context ctx, Api& api,
                                                   std::vector<cloud::NodeRef> nodes);
Task<std::string> console(Context ctx, Api& api, cloud::NodeRef node);

/// A tag's value holds 256 characters; a call's names share one tag.
inline constexpr std::size_t tag_value_limit = 256;
inline constexpr std::size_t most_per_call = 100;

}  // namespace ccloud::aws
