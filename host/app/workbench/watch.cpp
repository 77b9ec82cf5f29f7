// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/watch.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "host/app/dlq/text.hpp"
#include "host/base/clock.hpp"

namespace tidegate::workbench {
namespace {

bool is_status(tidegate_status status) {
  return status >= TIDEGATE_OK && status <= TIDEGATE_EXCEPTION;
}

// Not inlined: with the text of `what` known, g++ 12 sees bounds that are not there.
[[gnu::noinline]] std::string crossed(std::string_view what) {
  return std::string(what).append(" let an exception out across the C ABI");
}

Watch& watch_of(void* self) { return *static_cast<Watch*>(self); }

}  // namespace

Watch::Watch(const PluginInstance& plugin) : plugin_(plugin), table_(plugin.table()) {
  table_.handle = &Watch::handle;
  if (table_.handle_batch != nullptr) table_.handle_batch = &Watch::handle_batch;
}

std::vector<std::string> Watch::breaches() const {
  const MutexLock lock(mutex_);
  return breaches_;
}

void Watch::note(std::string breach) {
  const MutexLock lock(mutex_);
  if (std::find(breaches_.begin(), breaches_.end(), breach) == breaches_.end())
    breaches_.push_back(std::move(breach));
}

template <class Call>
tidegate_status Watch::guarded(const char* what, Call call) noexcept {
  try {
    return call();
  } catch (const std::exception& error) {
    note(crossed(what) + ": " + error.what());
  } catch (...) {
    note(crossed(what));
  }
  return TIDEGATE_EXCEPTION;
}

void Watch::look_at(const char* what, tidegate_status status, const tidegate_result& before,
                    const tidegate_result& after) {
  if (!is_status(status)) {
    note(std::string(what) + " answered " + std::to_string(status) +
         ", which is no status (TIDEGATE_OK to TIDEGATE_EXCEPTION)");
  }
  if (after.struct_size != before.struct_size || after.reason != before.reason ||
      after.reason_capacity != before.reason_capacity) {
    note(std::string(what) +
         " changed struct_size, reason or reason_capacity of its result: text is copied into the "
         "host's buffer");
    return;
  }
  const std::string_view reason(after.reason, std::min(after.reason_size, after.reason_capacity));
  // What is cut at the end may be cut within a character.
  if (after.reason_size < after.reason_capacity && !dlq::is_utf8(reason))
    note(std::string(what) + " gave a reason that is not UTF-8");
}

void Watch::look_at_clock(const char* what, std::uint64_t deadline_ns) {
  const auto now = static_cast<std::uint64_t>(system_clock().now().time_since_epoch().count());
  if (deadline_ns != 0 && now > deadline_ns)
    note(std::string(what) + " came back after the message's deadline");
}

tidegate_status Watch::handle(void* self, const tidegate_message* message,
                              tidegate_result* result) noexcept {
  Watch& watch = watch_of(self);
  const tidegate_result before = *result;
  const tidegate_status status = watch.guarded("handle", [&] {
    return watch.plugin_.table().handle(watch.plugin_.instance(), message, result);
  });
  watch.look_at("handle", status, before, *result);
  watch.look_at_clock("handle", message->deadline_ns);
  return status;
}

tidegate_status Watch::handle_batch(void* self, const tidegate_message* const* messages,
                                    std::size_t count, tidegate_status* statuses,
                                    tidegate_result* const* results) noexcept {
  Watch& watch = watch_of(self);
  std::vector<tidegate_result> before;
  for (std::size_t i = 0; i < count; ++i) before.push_back(*results[i]);
  const tidegate_status status = watch.guarded("handle_batch", [&] {
    return watch.plugin_.table().handle_batch(watch.plugin_.instance(), messages, count, statuses,
                                              results);
  });
  if (status != TIDEGATE_OK && status != TIDEGATE_EXCEPTION) {
    watch.note("handle_batch returned " + std::to_string(status) +
               "; it returns TIDEGATE_OK or TIDEGATE_EXCEPTION, and answers through statuses");
  }
  for (std::size_t i = 0; i < count; ++i) {
    // Not attempted is no breach: such a message is attempted alone.
    const bool answered = statuses[i] != TIDEGATE_NOT_ATTEMPTED;
    watch.look_at("handle_batch", answered ? statuses[i] : TIDEGATE_OK, before[i], *results[i]);
  }
  if (count > 0) watch.look_at_clock("handle_batch", messages[0]->deadline_ns);
  return status;
}

}  // namespace tidegate::workbench
