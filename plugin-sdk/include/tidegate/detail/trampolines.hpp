// SPDX-License-Identifier: Apache-2.0
//
// From the C table to C++ and back. Every function here is noexcept and catches everything: no
// exception crosses into the host. On the way that succeeds nothing is added but the call itself.
// Thread rule: as the table's (plugin.h).
#pragma once

#include <tidegate/plugin.h>
#include <tidegate/batch.hpp>
#include <tidegate/host.hpp>
#include <tidegate/message.hpp>
#include <tidegate/result.hpp>

#include <cstddef>
#include <exception>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tidegate::detail {

// Writes what the exception in flight says. REQUIRES: called from a catch block.
[[gnu::cold, gnu::noinline]] inline void write_exception(tidegate_result* result) noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    write_reason(result, error.what());
  } catch (...) {
    write_reason(result, "an exception that is not a std::exception");
  }
}

// Calls body; an exception becomes TIDEGATE_EXCEPTION with its text.
template <class Body>
tidegate_status fenced(tidegate_result* result, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    write_exception(result);
    return TIDEGATE_EXCEPTION;
  }
}

// As above for a batch: the text goes to the first message that was not answered.
template <class Body>
tidegate_status fenced_batch(std::size_t count, const tidegate_status* statuses,
                             tidegate_result* const* results, Body body) noexcept {
  try {
    body();
    return TIDEGATE_OK;
  } catch (...) {
    std::size_t i = 0;
    while (i < count && statuses[i] != TIDEGATE_NOT_ATTEMPTED) ++i;
    if (i < count) write_exception(results[i]);
    return TIDEGATE_EXCEPTION;
  }
}

// Configuration that nobody reads is an error, not a shrug.
inline bool takes_no_config(std::string_view config, tidegate_result* error) noexcept {
  if (config.find_first_not_of("{} \t\r\n") == std::string_view::npos) return true;
  write_reason(error, "this plugin takes no configuration; remove its plugin.config");
  return false;
}

template <class Answer>
inline constexpr bool kIsAnswer = std::is_same_v<Answer, bool> || std::is_same_v<Answer, Result>;

// A plugin that is one function, or two. Its instance is nothing but the host.
template <auto Handle, auto HandleBatch = nullptr>
struct FunctionPlugin {
  static_assert(kIsAnswer<std::invoke_result_t<decltype(Handle), const Message&>>,
                "the handler returns bool or tidegate::Result");

  static void* create(const tidegate_host* host, const char* config, std::size_t size,
                      tidegate_result* error) noexcept {
    if (!takes_no_config({config, size}, error)) return nullptr;
    return const_cast<tidegate_host*>(host);
  }
  static void destroy(void* /*instance*/) noexcept {}
  static tidegate_status handle(void* instance, const tidegate_message* message,
                                tidegate_result* result) noexcept {
    return fenced(result, [&] {
      return to_status(Handle(Message(*message, *static_cast<const tidegate_host*>(instance))),
                       result);
    });
  }
  static tidegate_status handle_batch(void* instance, const tidegate_message* const* messages,
                                      std::size_t count, tidegate_status* statuses,
                                      tidegate_result* const* results) noexcept {
    return fenced_batch(count, statuses, results, [&] {
      Results answers(statuses, results, count);
      HandleBatch(Batch(messages, count, *static_cast<const tidegate_host*>(instance)), answers);
    });
  }
  static constexpr tidegate_plugin table() noexcept {
    tidegate_plugin table{sizeof(tidegate_plugin), 0, &create, &destroy, &handle, nullptr, nullptr};
    if constexpr (!std::is_null_pointer_v<decltype(HandleBatch)>)
      table.handle_batch = &handle_batch;
    return table;
  }
};

template <class Type, class = void>
inline constexpr bool kHasHandleBatch = false;
template <class Type>
inline constexpr bool
    kHasHandleBatch<Type, std::void_t<decltype(std::declval<Type&>().handle_batch(
                              std::declval<const Batch&>(), std::declval<Results&>()))>> = true;

// A member of that name, whatever its type: one that cannot be called is a mistake, not an absence.
template <class Type, class = void>
inline constexpr bool kNamesHandleBatch = false;
template <class Type>
inline constexpr bool kNamesHandleBatch<Type, std::void_t<decltype(&Type::handle_batch)>> = true;

template <class Type, class = void>
inline constexpr bool kIsThreadSafe = false;
template <class Type>
inline constexpr bool kIsThreadSafe<Type, std::void_t<decltype(Type::kThreadSafe)>> =
    Type::kThreadSafe;

// A plugin that is a class: one object per instance.
template <class Type>
struct ClassPlugin {
  static_assert(kIsAnswer<decltype(std::declval<Type&>().handle(std::declval<const Message&>()))>,
                "handle(const tidegate::Message&) returns bool or tidegate::Result");
  static_assert(kHasHandleBatch<Type> || !kNamesHandleBatch<Type>,
                "it is void handle_batch(const tidegate::Batch&, tidegate::Results&), public");
  static constexpr bool kTakesConfig = std::is_constructible_v<Type, Host, std::string_view>;
  static_assert(kTakesConfig || std::is_default_constructible_v<Type>,
                "the class has a constructor (tidegate::Host, std::string_view config_json) or ()");

  struct Instance {
    explicit Instance(const tidegate_host* table) : host(table) {}
    Instance(const tidegate_host* table, std::string_view config)
        : host(table), object(Host(table), config) {}
    const tidegate_host* host;
    Type object;
  };

  static void* create(const tidegate_host* host, const char* config, std::size_t size,
                      tidegate_result* error) noexcept {
    try {
      if constexpr (kTakesConfig) {
        return new Instance(host, std::string_view(config, size));
      } else {
        if (!takes_no_config({config, size}, error)) return nullptr;
        return new Instance(host);
      }
    } catch (...) {
      write_exception(error);
      return nullptr;
    }
  }
  static void destroy(void* instance) noexcept { delete static_cast<Instance*>(instance); }
  static tidegate_status handle(void* instance, const tidegate_message* message,
                                tidegate_result* result) noexcept {
    auto& self = *static_cast<Instance*>(instance);
    return fenced(result, [&] {
      return to_status(self.object.handle(Message(*message, *self.host)), result);
    });
  }
  static tidegate_status handle_batch(void* instance, const tidegate_message* const* messages,
                                      std::size_t count, tidegate_status* statuses,
                                      tidegate_result* const* results) noexcept {
    auto& self = *static_cast<Instance*>(instance);
    return fenced_batch(count, statuses, results, [&] {
      Results answers(statuses, results, count);
      self.object.handle_batch(Batch(messages, count, *self.host), answers);
    });
  }
  static constexpr tidegate_plugin table() noexcept {
    tidegate_plugin table{sizeof(tidegate_plugin),
                          kIsThreadSafe<Type> ? TIDEGATE_THREAD_SAFE : 0U,
                          &create,
                          &destroy,
                          &handle,
                          nullptr,
                          nullptr};
    if constexpr (kHasHandleBatch<Type>) table.handle_batch = &handle_batch;
    return table;
  }
};

}  // namespace tidegate::detail
