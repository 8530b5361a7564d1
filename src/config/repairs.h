// What the writer of a string that is not of its form most likely meant. Empty: no idea. The caller
// checks that the repaired text is of the form.
#pragma once

#include <string>
#include <string_view>

namespace ccloud::config {

std::string repair_name(std::string_view text);    ///< "Web_1" is "web-1"
std::string repair_cidr(std::string_view text);    ///< "010.0/16" is "10.0.0.0/16"
std::string repair_source(std::string_view text);  ///< "any" is "0.0.0.0/0"
std::string repair_ports(std::string_view text);   ///< "80:90" is "80-90"
std::string repair_driver(std::string_view text);  ///< "google" is "gcp"
std::string repair_url(std::string_view text);     ///< "localhost:80" is "http://localhost:80"
std::string repair_target(std::string_view text);  ///< "http://x:80/a" is ":80/a"

}  // namespace ccloud::config
