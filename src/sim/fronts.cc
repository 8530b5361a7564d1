// The fronts there are: one line each.
#include "sim/alibaba/front.h"
#include "sim/aws/aws_front.h"
#include "sim/azure/front.h"
#include "sim/front.h"
#include "sim/gcp/front.h"
#include "sim/openstack/front.h"

namespace ccloud::sim {

std::vector<std::unique_ptr<Front>> make_fronts(World& world) {
  std::vector<std::unique_ptr<Front>> fronts;
  fronts.push_back(make_aws_front(world));
  fronts.push_back(azure::make_front(world));
  fronts.push_back(openstack::make_front(world));
  fronts.push_back(alibaba::make_front(world));
  fronts.push_back(gcp::make_front(world));
  return fronts;
}

}  // namespace ccloud::sim
