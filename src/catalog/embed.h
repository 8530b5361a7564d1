// Puts a file of data/catalog into the object file by the assembler's `.incbin`: no generator, no
// copy of the bytes as source text, no cost at start-up: read-only pages, untouched until something
// is asked.
#pragma once

#include <string_view>

/// At namespace scope: defines `std::string_view name##_data()`.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define CCLOUD_EMBED(name, file)                                                           \
  asm(".pushsection .rodata\n"                                                             \
      ".balign 16\n"                                                                       \
      "ccloud_catalog_" #name                                                              \
      "_begin:\n"                                                                          \
      ".incbin \"" CCLOUD_CATALOG_DATA "/" file                                            \
      "\"\n"                                                                               \
      "ccloud_catalog_" #name                                                              \
      "_end:\n"                                                                            \
      ".byte 0\n"                                                                          \
      ".popsection\n");                                                                    \
  extern "C" const char ccloud_##name##_begin[] __asm__("ccloud_catalog_" #name "_begin"); \
  extern "C" const char ccloud_##name##_end[] __asm__("ccloud_catalog_" #name "_end");     \
  static std::string_view name##_data() { return {ccloud_##name##_begin, ccloud_##name##_end}; }
// NOLINTEND(bugprone-macro-parentheses)
