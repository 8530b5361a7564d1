// What clouds say in the words of a message and nowhere else.
#pragma once

#include <string>
#include <string_view>

namespace ccloud::cloud {

/// The first line of a message, without blanks around it and full stops at its end.
std::string first_line(std::string_view message);

/// "x" of "... action 'x' over ..." with `before` "action '"; empty when the message does not say.
std::string quoted_after(std::string_view message, std::string_view before);

}  // namespace ccloud::cloud
