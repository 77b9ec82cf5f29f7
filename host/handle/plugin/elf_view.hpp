// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a file that nobody has vouched for. Every access is checked against the end of the
// file, so a reader built on it survives any content. Thread rule: a view, [any].
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tidegate {

class ElfView {
 public:
  explicit ElfView(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  // A structure at an offset, copied out because nothing says that it is aligned.
  template <class T>
  [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!contains(offset, sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  // Element `index` of an array at an offset.
  template <class T>
  [[nodiscard]] std::optional<T> element(std::uint64_t offset, std::uint64_t index) const {
    if (offset > bytes_.size() || index > bytes_.size() / sizeof(T)) return std::nullopt;
    return at<T>(offset + index * sizeof(T));
  }
  [[nodiscard]] std::optional<std::string_view> bytes(std::uint64_t offset,
                                                      std::uint64_t size) const {
    if (!contains(offset, size)) return std::nullopt;
    return bytes_.substr(offset, size);
  }
  // A text that ends in NUL, at most 4 KiB of it.
  [[nodiscard]] std::optional<std::string_view> text(std::uint64_t offset) const {
    constexpr std::uint64_t kMaxTextBytes = 4096;
    if (offset >= bytes_.size()) return std::nullopt;
    const std::string_view rest = bytes_.substr(offset, kMaxTextBytes);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(0, end);
  }

 private:
  std::string_view bytes_;
};

}  // namespace tidegate
