// The portable images' file, in the binary.
#include "catalog/data.h"
#include "catalog/embed.h"

CCLOUD_EMBED(images, "images.txt")

namespace ccloud::catalog {

std::string_view embedded_images() { return images_data(); }

}  // namespace ccloud::catalog
