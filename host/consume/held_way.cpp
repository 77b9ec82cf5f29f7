// SPDX-License-Identifier: Apache-2.0
#include "host/consume/held_way.hpp"

#include <iomanip>
#include <random>
#include <sstream>
#include <utility>

#include "host/base/config/producer_properties.hpp"
#include "host/consume/outbox.hpp"
#include "host/consume/transactions.hpp"

namespace tidegate {
namespace {

// Unique among all hosts where none is configured: then nobody takes over what this one leaves, and
// the brokers end its transactions by their timeout.
std::string instance_of(const config::Pipeline& pipeline) {
  if (!pipeline.instance.empty()) return pipeline.instance;
  const auto member = pipeline.consumer.find("group.instance.id");
  if (member != pipeline.consumer.end() && !member->second.empty()) return member->second;
  std::random_device random;
  std::ostringstream text;
  for (int i = 0; i < 4; ++i) text << std::hex << std::setw(8) << std::setfill('0') << random();
  return text.str();
}

}  // namespace

std::unique_ptr<HeldWay> make_held_way(ConsumerState& state, CopySender sender, std::uint64_t bound,
                                       Wakeup& wakeup) {
  const config::Pipeline& pipeline = state.pipeline;
  if (!state.exactly_once()) return std::make_unique<Outbox>(state, std::move(sender), wakeup);
  const std::string id =
      config::transactional_id(pipeline.group_id, instance_of(pipeline), state.index);
  return std::make_unique<Transactions>(
      state, sender, config::transactional_producer_properties(pipeline, id), bound, wakeup);
}

}  // namespace tidegate
