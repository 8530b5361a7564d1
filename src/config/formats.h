// The formats of strings that the grammar's tables name.
#pragma once

#include "config/grammar.h"

namespace ccloud::config::formats {

const Format& name();      ///< [a-z]([a-z0-9-]{0,29}[a-z0-9])?
const Format& text();      ///< anything but nothing
const Format& line();      ///< one line, not empty
const Format& anything();  ///< also empty
const Format& size();      ///< measured in MiB
const Format& duration();  ///< measured in ms
const Format& percent();
const Format& cidr();
const Format& ports();
const Format& rule_source();
const Format& url();
const Format& sha256();
const Format& variable();  ///< of the environment
const Format& http_target();
const Format& tcp_target();
const Format& bastion();
const Format& directory();  ///< absolute
const Format& user();       ///< of a Linux system
const Format& version();
const Format& selector();
const Format& driver();  ///< the catalogue's list
const Format& arch();
const Format& disk_type();
const Format& on_failure();
const Format& health_from();
const Format& gate();
const Format& label_key();
const Format& label_value();

}  // namespace ccloud::config::formats
