// SPDX-License-Identifier: Apache-2.0
//
// The plugin contract for C++17 authors; header-only, compiled into the plugin. The smallest one:
//
//   #include <tidegate/plugin.hpp>
//   bool handle(const tidegate::Message& message) { return message.value() != "bad"; }
//   TIDEGATE_PLUGIN(handle, "orders", "1.4.2")
//
// and one with state, configuration and richer answers:
//
//   class Orders {
//    public:
//     Orders(tidegate::Host host, std::string_view config_json);  // throws: the pipeline won't
//     start tidegate::Result handle(const tidegate::Message& message); void handle_batch(const
//     tidegate::Batch& batch, tidegate::Results& results);  // optional static constexpr bool
//     kThreadSafe = true;  // optional: one object, calls from all slots at once
//   };
//   TIDEGATE_PLUGIN_CLASS(Orders, "orders", "1.4.2")
//
// An exception is an answer too: the attempt has failed, its what() is the reason.
// Thread rule: one object per handler slot, never two calls at once on it (unless kThreadSafe). A
// plain function is shared by all slots: it must guard whatever it keeps between calls.
// The macros are used once per plugin, at global scope.
#pragma once

#include <tidegate/plugin.h>
#include <tidegate/batch.hpp>
#include <tidegate/detail/trampolines.hpp>
#include <tidegate/emit.hpp>
#include <tidegate/host.hpp>
#include <tidegate/message.hpp>
#include <tidegate/result.hpp>

// handle: bool or tidegate::Result (const tidegate::Message&).
#define TIDEGATE_PLUGIN(HANDLE, NAME, VERSION) \
  TIDEGATE_IDENTITY(NAME, VERSION);            \
  const tidegate_plugin tidegate_plugin_v1 = ::tidegate::detail::FunctionPlugin<&(HANDLE)>::table();

// The same with void handle_batch(const tidegate::Batch&, tidegate::Results&).
#define TIDEGATE_PLUGIN_BATCH(HANDLE, HANDLE_BATCH, NAME, VERSION) \
  TIDEGATE_IDENTITY(NAME, VERSION);                                \
  const tidegate_plugin tidegate_plugin_v1 =                       \
      ::tidegate::detail::FunctionPlugin<&(HANDLE), &(HANDLE_BATCH)>::table();

#define TIDEGATE_PLUGIN_CLASS(TYPE, NAME, VERSION) \
  TIDEGATE_IDENTITY(NAME, VERSION);                \
  const tidegate_plugin tidegate_plugin_v1 = ::tidegate::detail::ClassPlugin<TYPE>::table();
