// pugixml behind handles.
#include "providers/aws/xml.h"

#include <cstring>
#include <pugixml.hpp>

#include "base/text.h"

namespace ccloud::aws {
namespace {

pugi::xml_node node_of(void* inner) {
  return pugi::xml_node(static_cast<pugi::xml_node_struct*>(inner));
}

/// Most names differ in their first letters: nobody measures their length to find that out.
bool is_named(pugi::xml_node node, std::string_view name) {
  const char* own = node.name();
  return *own == name.front() && std::strncmp(own, name.data(), name.size()) == 0 &&
         own[name.size()] == '\0';
}

/// Compares without making strings of the parts.
pugi::xml_node child_of(pugi::xml_node node, std::string_view name) {
  auto child = node.first_child();
  while (child && !is_named(child, name)) child = child.next_sibling();
  return child;
}

}  // namespace

Node Node::find(std::string_view path) const {
  pugi::xml_node node = node_of(inner_);
  while (node && !path.empty()) {
    const auto slash = path.find('/');
    node = child_of(node, path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return Node(node.internal_object());
}

std::string Node::text(std::string_view path) const {
  return node_of(find(path).inner_).child_value();
}

std::int64_t Node::number(std::string_view path) const { return parse_int(text(path)).value_or(0); }

bool Node::is_true(std::string_view path) const { return text(path) == "true"; }

std::vector<Node> Node::items(std::string_view path, std::string_view name) const {
  std::vector<Node> out;
  for (const auto child : node_of(find(path).inner_).children()) {
    if (is_named(child, name)) out.emplace_back(child.internal_object());
  }
  return out;
}

struct Xml::Impl {
  pugi::xml_document document;
};

Xml::Xml(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Xml::Xml(Xml&&) noexcept = default;
Xml& Xml::operator=(Xml&&) noexcept = default;
Xml::~Xml() = default;

Result<Xml> Xml::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  const auto parsed = impl->document.load_buffer(text.data(), text.size());
  if (!parsed || !impl->document.document_element()) {
    return make_error(ErrorCode::protocol, "the answer is no XML");
  }
  return Xml(std::move(impl));
}

Node Xml::root() const { return Node(impl_->document.document_element().internal_object()); }

}  // namespace ccloud::aws
