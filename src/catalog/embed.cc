// Puts data/catalog/*.txt into the object file by the assembler's `.incbin`: no generator, no copy
// of the bytes as source text, no cost at start-up.
#include "catalog/embed.h"

#define CCLOUD_EMBED(name, file)                                                  \
  asm(".pushsection .rodata\n"                                                    \
      ".balign 16\n"                                                              \
      "ccloud_catalog_" #name                                                     \
      "_begin:\n"                                                                 \
      ".incbin \"" CCLOUD_CATALOG_DATA "/" file                                   \
      "\"\n"                                                                      \
      "ccloud_catalog_" #name                                                     \
      "_end:\n"                                                                   \
      ".byte 0\n"                                                                 \
      ".popsection\n");                                                           \
  extern "C" const char name##_begin[] __asm__("ccloud_catalog_" #name "_begin"); \
  extern "C" const char name##_end[] __asm__("ccloud_catalog_" #name "_end");

CCLOUD_EMBED(aws, "aws.txt")
CCLOUD_EMBED(azure, "azure.txt")
CCLOUD_EMBED(gcp, "gcp.txt")
CCLOUD_EMBED(alibaba, "alibaba.txt")
CCLOUD_EMBED(images, "images.txt")

namespace ccloud::catalog {

std::string_view embedded_driver(Driver driver) {
  switch (driver) {
    case Driver::aws:
      return {aws_begin, aws_end};
    case Driver::azure:
      return {azure_begin, azure_end};
    case Driver::gcp:
      return {gcp_begin, gcp_end};
    case Driver::alibaba:
      return {alibaba_begin, alibaba_end};
    case Driver::openstack:
      break;
  }
  return {};
}

std::string_view embedded_images() { return {images_begin, images_end}; }

}  // namespace ccloud::catalog
