// The documents of the contract (section 5) for programs. Fields are only ever added.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "deploy/events.h"
#include "deploy/results.h"

namespace ccloud::cli {

enum class Form { pretty, line };

std::string run_document(const deploy::RunResult& result, Form form);
/// One line of `-o jsonl` while a run goes on.
std::string event_line(const deploy::Event& event);
std::string status_document(const deploy::StatusResult& result, Form form);
/// One node, as in the document, on a line of its own.
std::string node_line(const deploy::NodeRow& row);
/// The document without its nodes, on one line.
std::string status_end_line(const deploy::StatusResult& result);
std::string history_document(const deploy::HistoryResult& result);
std::string checks_document(const deploy::CheckResult& result, std::string_view schema);
std::string catalog_document(const catalog::Table& table);

}  // namespace ccloud::cli
