// SPDX-License-Identifier: Apache-2.0
//
// A plugin that this host does not run: which file, why, and what cures it. The reason's name is
// the label of tidegate_plugin_load_failures_total. Thread rule: values, [any].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidegate {

enum class RefusedReason : std::uint8_t {
  not_found,             // not there, not readable, not a regular file
  not_trusted,           // others than root and the host's user may change it
  hash_mismatch,         // not the file that plugin.sha256 pins
  not_elf,               // something else than a library
  damaged,               // truncated or contradictory
  wrong_kind,            // an executable, or for another machine
  no_identity,           // a library, but no plugin
  abi_mismatch,          // a plugin for another host
  unsafe,                // asks the loader for what a sound library does not need
  needs_library,         // a library it needs is not here
  needs_newer,           // it was built on a newer system
  copy_failed,           // state_dir cannot take the private copy
  load_failed,           // the dynamic linker refuses it
  bad_table,             // its table lacks what is required
  create_failed,         // create gave no instance
  no_user,               // worker.user is not there, or this host may not become that one
  probe_crashed,         // it ended the process in which it was tried
  probe_hung,            // it had not come to its end within plugin.probe_timeout
  too_many_generations,  // of reloads: none of them can be unloaded
};
inline constexpr std::size_t kRefusedReasonCount = 19;
inline constexpr std::array<std::string_view, kRefusedReasonCount> kRefusedReasonNames = {
    "not_found",     "not_trusted",   "hash_mismatch",       "not_elf",
    "damaged",       "wrong_kind",    "no_identity",         "abi_mismatch",
    "unsafe",        "needs_library", "needs_newer",         "copy_failed",
    "load_failed",   "bad_table",     "create_failed",       "no_user",
    "probe_crashed", "probe_hung",    "too_many_generations"};

constexpr std::string_view name(RefusedReason reason) {
  return kRefusedReasonNames[static_cast<std::size_t>(reason)];
}

class PluginRefused : public std::runtime_error {
 public:
  // The text: "plugin <file> is refused: <what>; <cure>".
  PluginRefused(const std::filesystem::path& file, RefusedReason reason, const std::string& what,
                const std::string& cure)
      : std::runtime_error("plugin " + file.string() + " is refused: " + what + "; " + cure),
        reason_(reason),
        parts_(std::make_shared<const Parts>(Parts{what, cure})) {}
  [[nodiscard]] RefusedReason reason() const { return reason_; }
  // The text's parts.
  [[nodiscard]] const std::string& problem() const { return parts_->problem; }
  [[nodiscard]] const std::string& cure() const { return parts_->cure; }

 private:
  struct Parts {
    std::string problem;
    std::string cure;
  };
  RefusedReason reason_;
  std::shared_ptr<const Parts> parts_;  // shared, because copying an exception must not throw
};

}  // namespace tidegate
