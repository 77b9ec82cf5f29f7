// SPDX-License-Identifier: Apache-2.0
//
// When a worker died and the evidence names several messages, each of them is attempted again
// alone: while there are suspects, one message at a time is in the worker, of all slots. A second
// death then names its message (DESIGN §7). Thread rule: [slot].
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/base/types.hpp"
#include "host/handle/chunk.hpp"

namespace tidegate {

class SoloGate {
 public:
  // A suspect whose partition was given up comes back elsewhere: nobody waits for it for ever.
  explicit SoloGate(Duration patience) : patience_(patience) {}

  enum class Pass : std::uint8_t { many, alone };
  // Waits while another slot has a message alone in the worker. `alone`: hand over one message.
  [[nodiscard]] Pass enter(MonotonicTime now);
  void leave(Pass pass);

  void suspect(const PartitionSource& source, Offset offset, MonotonicTime now);
  // It was attempted again, alone, whatever came of it.
  void tried(const PartitionSource& source, Offset offset);
  [[nodiscard]] bool any() const;

 private:
  using Place = std::tuple<std::string, std::int32_t, std::int64_t>;
  static Place place(const PartitionSource& source, Offset offset) {
    return {source.topic, source.partition.value, offset.value};
  }

  const Duration patience_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::uint32_t inside_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  bool alone_ TIDEGATE_GUARDED_BY(mutex_) = false;
  std::map<Place, MonotonicTime> suspects_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
