// SPDX-License-Identifier: Apache-2.0
//
// How a consumer comes into its group, and how it leaves it.
#include <algorithm>

#include "host/base/log.hpp"
#include "host/consume/consumer.hpp"

namespace tidegate {
namespace {

constexpr Duration kBetweenTries = std::chrono::milliseconds(100);

// A question to the brokers mostly ends by its time-out; why, the client has said before.
std::string with_reason(std::string problem, const std::string& heard) {
  if (!heard.empty() && problem.find(heard) == std::string::npos)
    problem += "; the client's last error: " + heard;
  return problem;
}

}  // namespace

// Until the brokers have answered nothing is subscribed, so that starts are decided on what the
// group had before this host.
bool Consumer::join_group() {
  while (!stopping()) {
    intake_.serve(1);  // serves the client's errors
    publish();
    if (subscription_.resolve() && learn_group()) {
      state_.own_topics = setup_.topics.partitions();
      subscription_.subscribe();
      return state_.failure.empty();
    }
    if (!state_.failure.empty()) return false;
    wakeup_.wait_until(setup_.clock.now() + kBetweenTries);
  }
  return false;
}

// What the group had and which topics it has; the first consumer asks, for all.
bool Consumer::learn_group() {
  if (setup_.index == 0 && !setup_.history.known()) {
    const std::string problem = setup_.history.learn(state_.client.get(), subscription_.topics());
    if (!problem.empty()) {
      log::warn(
          "waiting_for_brokers",
          "the group's topics and positions are not known yet; the brokers are asked again",
          {{"pipeline", setup_.pipeline.name}, {"error", with_reason(problem, state_.heard)}});
      return false;
    }
  }
  if (setup_.index == 0 && !setup_.topics.known()) {
    const GroupTopics::Problem problem =
        setup_.topics.learn(state_.client.get(), subscription_.topics());
    if (!problem.text.empty() && !problem.temporary) {
      state_.failure = problem.text;
      return false;
    }
    if (!problem.text.empty()) {
      log::warn(
          "waiting_for_topics",
          "the group's own topics are not ready yet; the brokers are asked again",
          {{"pipeline", setup_.pipeline.name}, {"error", with_reason(problem.text, state_.heard)}});
      return false;
    }
  }
  return setup_.history.known() && setup_.topics.known();
}

// Everything that waits in the client's queue now; its callbacks, too.
void Consumer::serve_client() {
  const std::size_t waiting = rd_kafka_queue_length(common_.get());
  intake_.serve(static_cast<std::uint32_t>(std::max<std::size_t>(waiting, 1)));
}

void Consumer::close() {
  if (!state_.failure.empty()) {
    log::error("pipeline_failed",
               "the pipeline cannot go on; it commits what is finished and stops",
               {{"pipeline", setup_.pipeline.name},
                {"consumer", setup_.index},
                {"error", state_.failure}});
  }
  // A stop has a deadline of its own, which may be later than this.
  const MonotonicTime until =
      stop_ ? MonotonicTime::max() : setup_.clock.now() + setup_.pipeline.drain_timeout;
  hold_or_go_on();
  assignment_.take_no_more();
  doing_ = "drains";
  assignment_.give_up(state_.partitions.all(), until);
  doing_ = "leaves its group";
  setup_.pause.told(setup_.index, PauseSwitch::Calls::held);  // it owns nothing any more
  way_->abandon();
  assignment_.leave();
  const rd_kafka_resp_err_t error = rd_kafka_consumer_close(state_.client.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    log::warn("close_failed",
              "the consumer did not leave its group cleanly; the group notices by its timeout",
              {{"pipeline", setup_.pipeline.name},
               {"consumer", setup_.index},
               {"error", kafka::describe(error)}});
  }
  publish();
  doing_ = "waits for handler calls";
  // Chunks whose calls outlast the deadline are waited for here: their memory is ours. The host
  // does not wait for this thread then (DESIGN §3).
  while (state_.dispatcher.chunks_out() > 0) settle_until(setup_.clock.now() + kBetweenTries);
  publish();
}

}  // namespace tidegate
