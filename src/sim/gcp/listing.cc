// The page token names the last item that was shown and what was asked; one of another question is
// refused.
#include "sim/gcp/listing.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/gcp/filter.h"

namespace ccloud::sim::gcp {
namespace {

enum class Order { by_name, newest_first };

struct Question {
  Filter filter;
  Order order = Order::by_name;
  std::size_t most = 500;
  std::string digest;  ///< of everything but the page
  bool has_start = false;
  std::string after_scope, after_name;
  std::int64_t after_time = 0;
};

std::int64_t ticks(Time time) { return time.time_since_epoch().count(); }

std::string token_of(const Question& question, const Item& item) {
  return base64url(
      fmt::format("{}|{}|{}|{}", question.digest, item.scope, item.name, ticks(item.created)));
}

std::optional<Response> read_token(const std::string& token, Question& into) {
  const auto raw = decode_base64(token);
  const auto parts = split(raw.value_or(""), '|');
  if (parts.size() != 4 || parts[0] != into.digest || !parse_int(parts[3])) {
    return invalid("pageToken", token, "The page token is invalid, or of another list.");
  }
  into.has_start = true;
  into.after_scope = parts[1];
  into.after_name = parts[2];
  into.after_time = *parse_int(parts[3]);
  return std::nullopt;
}

std::optional<Response> read_question(const Gce& gce, Question& into) {
  if (gce.has_param("maxResults")) {
    const auto text = gce.param("maxResults");
    const auto number = parse_int(text);
    if (!number || *number < 0 || *number > 500) {
      return invalid("maxResults", text, "Must be between 0 and 500.");
    }
    if (*number > 0) into.most = static_cast<std::size_t>(*number);
  }
  const auto order = gce.param("orderBy");
  if (order == "creationTimestamp desc") {
    into.order = Order::newest_first;
  } else if (!order.empty() && order != "name") {
    return invalid("orderBy", order, "Only name and creationTimestamp desc are supported.");
  }
  const auto partial = gce.param("returnPartialSuccess");
  if (!partial.empty() && partial != "true" && partial != "false") {
    return invalid("returnPartialSuccess", partial, "Must be true or false.");
  }
  auto filter = Filter::parse(gce.param("filter"));
  if (!filter) return invalid("filter", gce.param("filter"), filter.error().message);
  into.filter = std::move(*filter);
  const auto url = std::string_view(gce.call.request.url);
  into.digest =
      sha256_hex(fmt::format("{}|{}|{}", url.substr(0, url.find('?')), gce.param("filter"), order))
          .substr(0, 12);
  if (const auto token = gce.param("pageToken"); !token.empty()) return read_token(token, into);
  return std::nullopt;
}

void collect(json::Value value, const std::vector<std::string>& path, std::size_t at,
             std::vector<std::string>& out) {
  if (value.is_array()) {
    for (const auto& one : value.items()) collect(one, path, at, out);
  } else if (at < path.size()) {
    if (value.is_object()) collect(value.get(path[at]), path, at + 1, out);
  } else if (value.is_string()) {
    out.push_back(value.string_or());
  } else if (value.exists() && !value.is_null() && !value.is_object()) {
    out.push_back(value.text());
  }
}

/// Labels and names are looked at directly; for other fields the item is written out.
bool passes(const Filter& filter, const Gce& gce, const Item& item, WriteItem write) {
  std::optional<json::Document> document;
  return filter.matches([&](const std::string& path) -> std::vector<std::string> {
    if (path == "name") return {std::string(item.name)};
    if (path.starts_with("labels.") && item.resource != nullptr) {
      const auto label = item.resource->tags.find(std::string_view(path).substr(7));
      if (label == item.resource->tags.end()) return {};
      return {label->second};
    }
    if (!document) {
      json::Writer out;
      write(out, gce, item);
      auto parsed = json::parse(out.take());
      if (!parsed) return {};
      document = std::move(*parsed);
    }
    std::vector<std::string> values;
    collect(document->root(), split(path, '.'), 0, values);
    return values;
  });
}

struct Page {
  std::vector<const Item*> items;
  std::string next;
};

bool is_after(const Question& question, const Item& item) {
  if (!question.has_start) return true;
  if (question.order == Order::by_name) {
    return std::pair(item.scope, item.name) >
           std::pair<std::string_view, std::string_view>(question.after_scope, question.after_name);
  }
  if (ticks(item.created) != question.after_time) return ticks(item.created) < question.after_time;
  return std::pair(item.scope, item.name) >
         std::pair<std::string_view, std::string_view>(question.after_scope, question.after_name);
}

Page page_of(const Question& question, const Gce& gce, std::vector<Item>& items, WriteItem write) {
  if (question.order == Order::newest_first) {
    std::ranges::sort(items, [](const Item& a, const Item& b) {
      return std::tie(b.created, a.scope, a.name) < std::tie(a.created, b.scope, b.name);
    });
  }
  Page page;
  if (gce.call.empty_page) {
    const Item start{.name = question.after_name,
                     .scope = question.after_scope,
                     .created = Time(Time::duration(question.after_time))};
    const bool is_fresh_descent = !question.has_start && question.order == Order::newest_first;
    page.next = token_of(question, is_fresh_descent ? Item{.created = Time::max()} : start);
    return page;
  }
  for (const auto& item : items) {
    if (!is_after(question, item)) continue;
    if (!question.filter.is_empty() && !passes(question.filter, gce, item, write)) continue;
    if (page.items.size() == question.most) {
      page.next = token_of(question, *page.items.back());
      break;
    }
    page.items.push_back(&item);
  }
  return page;
}

Item item_of(const Resource& resource, std::string_view scope) {
  return {
      .name = resource.name, .scope = scope, .created = resource.created, .resource = &resource};
}

void write_tail(json::Writer& out, const Gce& gce, const Page& page) {
  if (!page.next.empty()) out.member("nextPageToken", page.next);
  const auto url = std::string_view(gce.call.request.url);
  out.member("selfLink", "https://www.googleapis.com" + std::string(url.substr(0, url.find('?'))));
}

void write_no_results(json::Writer& out, const std::string& scope) {
  out.key("warning").begin_object().member("code", "NO_RESULTS_ON_PAGE");
  out.member("message", fmt::format("There are no results for scope '{}' on this page.", scope));
  out.key("data").begin_array().begin_object().member("key", "scope").member("value", scope);
  out.end_object().end_array().end_object();
}

}  // namespace

Response list(Gce& gce, std::string_view kind, std::string_view collection, std::vector<Item> items,
              WriteItem write) {
  Question question;
  if (auto bad = read_question(gce, question)) return *bad;
  const auto page = page_of(question, gce, items, write);
  json::Writer out;
  out.begin_object().member("kind", fmt::format("compute#{}List", kind));
  out.member("id", fmt::format("projects/{}/{}/{}", gce.owner, gce.scope(), collection));
  if (!page.items.empty()) {
    out.key("items").begin_array();
    for (const auto* item : page.items) write(out, gce, *item);
    out.end_array();
  }
  write_tail(out, gce, page);
  out.end_object();
  return answer(200, out.take());
}

Response list_resources(Gce& gce, std::string_view kind, std::string_view collection,
                        WriteItem write) {
  const auto scope = gce.scope();
  std::vector<Item> items;
  for (const auto* resource : gce.all(collection, scope))
    items.push_back(item_of(*resource, scope));
  return list(gce, kind, collection, std::move(items), write);
}

Response aggregate(Gce& gce, std::string_view kind, std::string_view collection,
                   const std::vector<std::string>& scopes, std::vector<Item> items,
                   WriteItem write) {
  Question question;
  if (auto bad = read_question(gce, question)) return *bad;
  auto page = page_of(question, gce, items, write);
  std::ranges::sort(page.items, {}, [](const Item* item) { return std::pair(item->scope, item); });
  json::Writer out;
  out.begin_object().member("kind", fmt::format("compute#{}AggregatedList", kind));
  out.member("id", fmt::format("projects/{}/aggregated/{}", gce.owner, collection));
  out.key("items").begin_object();
  auto at = page.items.begin();
  // The last one before the sort is where the next page begins; the token is made already.
  for (const auto& scope : scopes) {
    out.key(scope).begin_object();
    if (at != page.items.end() && (*at)->scope == scope) {
      out.key(collection).begin_array();
      for (; at != page.items.end() && (*at)->scope == scope; ++at) write(out, gce, **at);
      out.end_array();
    } else {
      write_no_results(out, scope);
    }
    out.end_object();
  }
  out.end_object();
  write_tail(out, gce, page);
  out.end_object();
  return answer(200, out.take());
}

Response aggregate_resources(Gce& gce, std::string_view kind, std::string_view collection,
                             const std::vector<std::string>& scopes, WriteItem write) {
  std::vector<Item> items;
  for (const auto& scope : scopes) {
    for (const auto* resource : gce.all(collection, scope))
      items.push_back(item_of(*resource, scope));
  }
  return aggregate(gce, kind, collection, scopes, std::move(items), write);
}

}  // namespace ccloud::sim::gcp
