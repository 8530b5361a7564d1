// Escaping and nesting.
#include "sim/aws/xml.h"

namespace ccloud::sim::aws {

Xml& Xml::open(std::string_view name) {
  out_ += '<';
  out_ += name;
  out_ += '>';
  return *this;
}

Xml& Xml::close(std::string_view name) {
  out_ += "</";
  out_ += name;
  out_ += '>';
  return *this;
}

Xml& Xml::leaf(std::string_view name, std::string_view value) {
  open(name);
  for (const char c : value) {
    switch (c) {
      case '<':
        out_ += "&lt;";
        break;
      case '>':
        out_ += "&gt;";
        break;
      case '&':
        out_ += "&amp;";
        break;
      case '"':
        out_ += "&quot;";
        break;
      case '\r':
        out_ += "&#13;";
        break;
      default:
        out_ += c;
    }
  }
  return close(name);
}

}  // namespace ccloud::sim::aws
