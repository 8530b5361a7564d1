#include "rollout/fan_out.h"

#include <filesystem>

#include "rollout/look.h"

namespace ccloud::rollout {

namespace {

double since(Context ctx, TimePoint begun) {
  return std::chrono::duration<double>(ctx.now() - begun).count();
}

Error down_error(const Node& node) {
  return make_error(ErrorCode::unavailable, node.name + " is " + node.down);
}

Task<void> run_on(Context ctx, const Tools* tools, const Node* node, const ExecOptions* options,
                  Ran* ran) {
  const auto begun = ctx.now();
  ran->node = node->name;
  ran->out = std::make_shared<Spool>();
  ran->err = std::make_shared<Spool>();
  if (!node->down.empty()) {
    ran->error = down_error(*node);
  } else {
    ssh::Command command;
    command.line = options->command;
    command.input = options->input;
    command.timeout = options->timeout;
    command.is_last = true;
    const auto take = [&](std::string_view data, bool is_stderr) {
      if (options->on_data) return options->on_data(node->name, data, is_stderr);
      (is_stderr ? ran->err : ran->out)->add(data);
    };
    command.on_out = [&](std::string_view data) { take(data, false); };
    command.on_err = [&](std::string_view data) { take(data, true); };
    auto output = co_await tools->shell->run(ctx, node->target, std::move(command)).result();
    if (output.has_value()) {
      ran->exit = output->exit;
    } else {
      ran->error = output.error();
    }
  }
  ran->seconds = since(ctx, begun);
  if (options->on_done) options->on_done(*ran);
  co_return {};
}

Task<void> copy_one(Context ctx, const Tools* tools, const Node* node, const CopyOptions* options,
                    bool is_only, std::shared_ptr<std::uint64_t> total, Copied* copied) {
  const auto begun = ctx.now();
  copied->node = node->name;
  auto last = std::make_shared<std::uint64_t>(0);
  const ssh::Progress progress = [=](std::uint64_t done, std::uint64_t) {
    *total += done - *last;
    *last = done;
    if (options->on_progress) options->on_progress(*total);
  };
  if (!node->down.empty()) {
    copied->result = down_error(*node);
  } else if (options->is_download) {
    auto where = options->destination;
    if (!is_only) {
      where = (std::filesystem::path(where) / node->name).string() + "/";
      std::error_code ignored;
      std::filesystem::create_directories(where, ignored);
    }
    copied->result = co_await ssh::download(ctx, *tools->shell, node->target,
                                            {.sources = options->sources,
                                             .destination = where,
                                             .progress = progress,
                                             .is_last = true})
                         .result();
  } else {
    copied->result = co_await ssh::upload(ctx, *tools->shell, node->target,
                                          {.sources = options->sources,
                                           .destination = options->destination,
                                           .progress = progress,
                                           .is_last = true})
                         .result();
  }
  copied->seconds = since(ctx, begun);
  if (options->on_done) options->on_done(*copied);
  co_return {};
}

}  // namespace

Task<std::vector<Ran>> exec_on(Context ctx, Tools tools, std::vector<Node> nodes,
                               ExecOptions options) {
  std::vector<Ran> all(nodes.size());
  co_await for_each(ctx, nodes.size(), options.width, [&](std::size_t i) {
    return run_on(ctx, &tools, &nodes[i], &options, &all[i]);
  });
  co_return std::move(all);
}

Task<std::vector<Copied>> copy_on(Context ctx, Tools tools, std::vector<Node> nodes,
                                  CopyOptions options) {
  std::vector<Copied> all(nodes.size());
  auto total = std::make_shared<std::uint64_t>(0);
  co_await for_each(ctx, nodes.size(), options.width, [&](std::size_t i) {
    return copy_one(ctx, &tools, &nodes[i], &options, nodes.size() == 1, total, &all[i]);
  });
  co_return std::move(all);
}

}  // namespace ccloud::rollout
