// SPDX-License-Identifier: Apache-2.0
//
// Stands between a slot and a plugin, forwards every call and notes what breaks the contract of
// plugin.h: an exception that comes out, a status that is none, a result that was overwritten, a
// reason that is no UTF-8, a call that comes back after its deadline. Thread rule: the table's
// functions as a plugin's; breaches() on [any].
#pragma once

#include <tidegate/plugin.h>

#include <string>
#include <string_view>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/handle/plugin/plugin_instance.hpp"

namespace tidegate::workbench {

class Watch {
 public:
  // REQUIRES: outlived by the plugin.
  explicit Watch(const PluginInstance& plugin);

  [[nodiscard]] const tidegate_plugin& table() const { return table_; }
  [[nodiscard]] void* instance() { return this; }
  // Each once, in the order in which they came.
  [[nodiscard]] std::vector<std::string> breaches() const;

 private:
  static tidegate_status handle(void* self, const tidegate_message* message,
                                tidegate_result* result) noexcept;
  static tidegate_status handle_batch(void* self, const tidegate_message* const* messages,
                                      std::size_t count, tidegate_status* statuses,
                                      tidegate_result* const* results) noexcept;
  template <class Call>
  tidegate_status guarded(const char* what, Call call) noexcept;
  void look_at(const char* what, tidegate_status status, const tidegate_result& before,
               const tidegate_result& after);
  void look_at_clock(const char* what, std::uint64_t deadline_ns);
  void note(std::string breach);

  const PluginInstance& plugin_;
  tidegate_plugin table_;
  mutable Mutex mutex_;
  std::vector<std::string> breaches_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate::workbench
