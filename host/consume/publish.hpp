// SPDX-License-Identifier: Apache-2.0
//
// What the consumer tells the outside: all its terms at once, copied from one instant, so that the
// books add up at any scrape (invariant 5). Thread rule: publish [poll]; read [any].
#pragma once

#include "host/base/metrics/snapshot.hpp"
#include "host/base/mutex.hpp"
#include "host/consume/consumer_state.hpp"

namespace tidegate {

// A picture of the consumer now. [poll]
metrics::ConsumerSnapshot picture_of(const ConsumerState& state, bool caught_up);

class Publisher {
 public:
  void publish(metrics::ConsumerSnapshot&& snapshot) {
    MutexLock lock(mutex_);
    snapshot_ = std::move(snapshot);
  }
  [[nodiscard]] metrics::ConsumerSnapshot read() const {
    MutexLock lock(mutex_);
    return snapshot_;
  }

 private:
  mutable Mutex mutex_;
  metrics::ConsumerSnapshot snapshot_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
