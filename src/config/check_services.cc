// Services: what they refer to, and whether their rollout can ever move a node.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "config/number.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using diag::quote;
using json::Node;

class ServiceCheck {
 public:
  ServiceCheck(const Checks& checks, const Service& service)
      : checks_(checks),
        service_(service),
        node_(node_at(*checks.draft.root, {"services", service.name})) {}

  void run() {
    clusters();
    purpose();
    waves();
    arithmetic();
    canary();
    health();
    meaningless();
    markers();
  }

 private:
  const Node* written(std::initializer_list<std::string_view> path) const {
    return node_ == nullptr ? nullptr : node_at(*node_, path);
  }

  void clusters() {
    std::map<std::string, Span> seen;
    for (const auto& name : service_.clusters) {
      const auto [first, is_new] = seen.emplace(name.value, name.span);
      if (!is_new) {
        checks_.error("duplicate-name", name.span,
                      fmt::format("cluster {} is listed twice", quote(name.value)));
        checks_.diagnostics.items().back().notes.push_back({first->second, "first listed here"});
        continue;
      }
      const Cluster* cluster = checks_.find_cluster(name.value);
      if (cluster == nullptr) {
        is_resolved_ = false;
        if (is_refused(*checks_.draft.root, checks_.bad, {"clusters", name.value})) continue;
        std::vector<std::string_view> names;
        for (const Cluster& known : checks_.config().clusters) names.push_back(known.name);
        checks_.error("unknown-reference", name.span,
                      fmt::format("there is no cluster {}", quote(name.value)),
                      diag::suggest(name.value, names));
        continue;
      }
      for (const Place& place : cluster->places) places_[place.code].push_back(&place);
      if (checks_.has_refused_places(name.value)) is_resolved_ = false;
    }
    if (service_.clusters.empty()) is_resolved_ = false;
  }

  /// Something to ship, to run or to do.
  void purpose() {
    const bool has_any = written({"artifact"}) != nullptr || written({"run"}) != nullptr ||
                         written({"steps", "install"}) != nullptr ||
                         written({"steps", "start"}) != nullptr;
    if (node_ == nullptr || has_any) return;
    checks_.error(
        "missing-key", {node_->span.begin, node_->span.begin + 1},
        fmt::format("service {} needs \"artifact\", \"run\" or \"steps\": it does nothing",
                    quote(service_.name)));
  }

  /// Every wave says its places, and all of them in the right form.
  bool is_sound(const Node& waves) const {
    const auto is_good = [&](const Node* node) { return !checks_.bad.contains(node); };
    return std::ranges::all_of(waves.items, [&](const Node* wave) {
      const Node* places = wave->is_object() ? wave->find("places") : wave;
      return is_good(wave) && places != nullptr && is_good(places) &&
             std::ranges::all_of(places->items, is_good);
    });
  }

  void waves() {
    const Node* waves = written({"update", "waves"});
    if (waves == nullptr || checks_.bad.contains(waves) || !is_resolved_) return;
    std::vector<std::string> codes;
    for (const auto& [code, unused] : places_) codes.push_back(code);
    std::map<std::string, Span> seen;
    bool is_complete = is_sound(*waves);
    for (const Wave& wave : service_.update.waves)
      for (const auto& code : wave.places) {
        if (!places_.contains(code.value)) {
          is_complete = false;
          checks_.error(
              "unknown-reference", code.span,
              fmt::format("service {} has no place {}", quote(service_.name), quote(code.value)),
              diag::suggest(code.value, codes));
          continue;
        }
        const auto [first, is_new] = seen.emplace(code.value, code.span);
        if (is_new) continue;
        checks_.error("unsatisfiable-rollout", code.span,
                      fmt::format("place {} is in a wave already", quote(code.value)));
        checks_.diagnostics.items().back().notes.push_back({first->second, "it is here"});
      }
    std::vector<std::string> missing;
    for (const auto& [code, unused] : places_)
      if (!seen.contains(code)) missing.push_back(quote(code));
    // An unknown or broken one is most likely the missing one.
    if (missing.empty() || !is_complete) return;
    checks_.error("unsatisfiable-rollout", {waves->span.begin, waves->span.begin + 1},
                  fmt::format("place{} {} {} in no wave", missing.size() == 1 ? "" : "s",
                              diag::one_of(missing), missing.size() == 1 ? "is" : "are"));
  }

  /// After rounding, in every place: at least one node may move.
  void arithmetic() {
    if (!service_.update.min_healthy) return;
    for (const auto& [code, places] : places_)
      for (const Place* place : places) {
        const auto nodes = place->count.value;
        if (nodes <= 0 || batch_size(service_.update, nodes) > 0) continue;
        const Quantity keep = service_.update.min_healthy->value;
        checks_.error(
            "unsatisfiable-rollout", service_.update.min_healthy->span,
            fmt::format("\"min_healthy\" of {}{} keeps {} of the {} node{} in place {}: none "
                        "could ever move",
                        keep.value, keep.is_percent ? "%" : "", rounded_up(keep, nodes), nodes,
                        nodes == 1 ? "" : "s", quote(code)));
        checks_.diagnostics.items().back().hint =
            keep.is_percent ? fmt::format("there, {}% is the most", (nodes - 1) * 100 / nodes)
                            : fmt::format("there, {} is the most", nodes - 1);
        return;
      }
  }

  void canary() {
    if (!service_.update.canary || !is_resolved_) return;
    for (const Wave& wave : service_.update.waves) {
      std::int64_t nodes = 0;
      bool is_known = true;
      for (const auto& code : wave.places) {
        const auto places = places_.find(code.value);
        if (places == places_.end())
          is_known = false;
        else
          for (const Place* place : places->second) {
            is_known = is_known && place->count.value >= 0;
            nodes += place->count.value;
          }
      }
      if (!is_known || nodes == 0 || service_.update.canary->count <= nodes) continue;
      const Node* count = written({"update", "canary", "count"});
      checks_.error("unsatisfiable-rollout",
                    count == nullptr ? service_.update.canary->span : count->span,
                    fmt::format("a canary of {} is larger than a wave of {} node{}",
                                service_.update.canary->count, nodes, nodes == 1 ? "" : "s"));
      return;
    }
  }

  void health() {
    if (!service_.health) return;
    const Health& health = *service_.health;
    const auto span_of = [&](std::string_view key, std::string_view other) {
      const Node* node = written({"health", key});
      if (node == nullptr) node = written({"health", other});
      return node == nullptr ? health.span : node->span;
    };
    const bool is_sound = !is_reported("interval") && !is_reported("timeout") &&
                          !is_reported("deadline") && !is_reported("healthy");
    if (!is_sound) return;
    if (health.timeout > health.interval)
      checks_.error("unsatisfiable-rollout", span_of("timeout", "interval"),
                    fmt::format("a timeout of {} is longer than the interval of {}",
                                show_duration(health.timeout), show_duration(health.interval)));
    const auto needed = health.healthy * health.interval;
    if (health.deadline < needed)
      checks_.error(
          "unsatisfiable-rollout", span_of("deadline", "healthy"),
          fmt::format("a deadline of {} is too short: {} good answers, one every {}, take {}",
                      show_duration(health.deadline), health.healthy,
                      show_duration(health.interval), show_duration(needed)));
  }

  /// Keys that only one kind of health check can carry out.
  void meaningless() {
    if (!service_.health || service_.health->kind == Health::Kind::http) return;
    const bool is_command = service_.health->kind == Health::Kind::command;
    const std::string kind = quote(is_command ? "command" : "tcp");
    if (written({"health", is_command ? "command" : "tcp"}) == nullptr) return;
    if (const Node* expect = written({"health", "expect"}); expect != nullptr)
      checks_.error("not-supported", expect->span,
                    fmt::format("\"expect\" is the status of \"http\"; {} has none", kind));
    const Node* from = written({"health", "from"});
    if (is_command && service_.health->is_outside && from != nullptr)
      checks_.error("not-supported", from->span, "a command is run on the node, not from outside");
  }

  bool is_reported(std::string_view key) const {
    const Node* node = written({"health", key});
    return node != nullptr && checks_.bad.contains(node);
  }

  /// A marker that is nearly one of ours was meant as it.
  void markers() {
    static const std::vector<std::string_view> of_steps{"node", "place", "region", "address",
                                                        "version"};
    static const std::vector<std::string_view> of_artifact{"version"};
    if (const Node* steps = written({"steps"}); steps != nullptr)
      for (const auto& member : steps->members) {
        const Node* text = member.value->is_object() ? member.value->find("local") : member.value;
        if (text != nullptr && text->is_string()) marker(*text, of_steps, false);
      }
    for (const auto key : {"path", "url"})
      if (const Node* text = written({"artifact", key}); text != nullptr && text->is_string())
        marker(*text, of_artifact, true);
  }

  /// `is_strict`: where no shell comes after us, every word in braces was meant as a marker.
  void marker(const Node& node, const std::vector<std::string_view>& known, bool is_strict) {
    const std::string_view text = node.text;
    for (std::size_t open = text.find('{'); open != std::string_view::npos;
         open = text.find('{', open + 1)) {
      if (open > 0 && (text[open - 1] == '$' || text[open - 1] == '{'))
        continue;  // the shell's own
      const auto close = text.find('}', open);
      if (close == std::string_view::npos) return;
      const auto word = text.substr(open + 1, close - open - 1);
      const bool is_word = !word.empty() && std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      });
      if (!is_word || std::ranges::find(known, word) != known.end()) continue;
      auto meant = diag::suggest(word, known);
      for (const auto name : known)
        if (!meant && word.size() > 2 && name.starts_with(word)) meant = std::string(name);
      if (!meant && !is_strict) continue;
      checks_.error("bad-format", node.span, fmt::format("there is no marker {{{}}}", word));
      checks_.diagnostics.items().back().hint =
          meant ? fmt::format("did you mean {{{}}}?", *meant)
                : fmt::format("only {{{}}} is filled in here", known.front());
    }
  }

  const Checks& checks_;
  const Service& service_;
  const Node* node_;
  std::map<std::string, std::vector<const Place*>> places_;
  bool is_resolved_ = true;
};

/// Without doubled or closing slashes.
std::string plain_directory(std::string_view dir) {
  std::string plain;
  for (const char c : dir) {
    if (c != '/' || !plain.ends_with('/')) plain += c;
  }
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return plain;
}

/// A directory of the system is emptied of what was there, or fills it for all others.
void check_home(const Checks& checks, const Service& service) {
  static constexpr std::string_view shared =
      "/ /bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys "
      "/tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin /usr/sbin /usr/share /var /var/cache "
      "/var/lib /var/lib/ccloud /var/log /var/run /var/spool /var/tmp";
  const auto dir = plain_directory(service.dir);
  const Node* written = node_at(*checks.draft.root, {"services", service.name, "dir"});
  const auto all = split(shared, ' ');
  if (written == nullptr || std::ranges::find(all, dir) == all.end()) return;
  checks.error("bad-format", written->span,
               fmt::format("{} belongs to the system; a service needs a directory of its own",
                           quote(service.dir)));
  checks.diagnostics.items().back().hint = fmt::format("for example /opt/{}", service.name);
}

/// Two services of one cluster cannot live in the same directory.
void check_directories(const Checks& checks) {
  std::map<std::pair<std::string, std::string>, const Service*> homes;
  for (const Service& service : checks.config().services)
    for (const auto& cluster : service.clusters) {
      const auto [first, is_new] =
          homes.emplace(std::pair(cluster.value, plain_directory(service.dir)), &service);
      if (is_new || first->second == &service) continue;
      const Node* dir = node_at(*checks.draft.root, {"services", service.name, "dir"});
      checks.error(
          "duplicate-name", dir == nullptr ? service.span : dir->span,
          fmt::format("service {} lives in {} on cluster {} already", quote(first->second->name),
                      quote(service.dir), quote(cluster.value)));
      checks.diagnostics.items().back().notes.push_back(
          {first->second->span, "the other service is here"});
    }
}

}  // namespace

void check_services(const Checks& checks) {
  for (const Service& service : checks.config().services) {
    ServiceCheck(checks, service).run();
    check_home(checks, service);
  }
  check_directories(checks);
}

}  // namespace ccloud::config
